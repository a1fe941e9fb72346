/** What the server's handlers hold back. */
class Held {
  private waiting: (() => void)[] = [];

  get count(): number {
    return this.waiting.length;
  }

  /** `value`, once it is released. */
  hold<T>(value: T): Promise<T> {
    return new Promise((resolve) => this.waiting.push(() => resolve(value)));
  }

  release(): void {
    const released = this.waiting;
    this.waiting = [];
    for (const resolve of released) resolve();
  }
}

export const held = new Held();
