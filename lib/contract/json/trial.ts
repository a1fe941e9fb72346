/** The most that go the long way after one for whom the short way led nowhere. */
const MAX_PAUSE = 255;

/**
 * Whether a short way is worth a try: values of an app are much alike, so where it led nowhere the next will hardly get
 * through, and a try that fails is time lost. It is tried ever more seldom, and never given up: what is sent may change.
 */
export class Trial {
  private pause = 0;
  private left = 0;

  isDue(): boolean {
    if (this.left === 0) return true;
    this.left--;
    return false;
  }

  ended(succeeded: boolean): void {
    this.left = this.pause = succeeded ? 0 : Math.min(2 * this.pause + 1, MAX_PAUSE);
  }
}
