/** Where in a message a reader or a writer is, for errors. */
export class Place {
  private readonly path: (string | number)[] = [];

  /** @param message what it is that is read or written. */
  constructor(private readonly message: string) {}

  enter(name: string | number): void {
    this.path.push(name);
  }

  leave(): void {
    this.path.pop();
  }

  /** Such as `request.body.nanotime`, cut short where a peer makes up long names. */
  toString(): string {
    return [this.message, ...this.path].join('.').slice(0, MAX_LENGTH);
  }
}

const MAX_LENGTH = 200;
