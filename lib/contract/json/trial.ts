/** How many failures a success makes up for: what it spares is more than they cost. */
const CREDIT = 2;
const MAX_CREDIT = 16;
/** The most that go the long way after a failure. */
const MAX_PAUSE = 250;

/**
 * Whether a short way is worth a try: values of an app are much alike, so where it led nowhere the next will hardly get
 * through, and a try that fails is time lost. It is tried ever more seldom, and never given up: what is sent may change.
 */
export class Trial {
  private credit = 0;
  private pause = 0;
  private remaining = 0;

  isDue(): boolean {
    if (this.remaining === 0) return true;
    this.remaining--;
    return false;
  }

  ended(succeeded: boolean): void {
    if (succeeded) {
      this.credit = Math.min(this.credit + CREDIT, MAX_CREDIT);
      this.pause = 0;
    } else if (this.credit > 0) {
      this.credit--;
    } else {
      // From try to try 3, 7, 15, 31, 63, 127, 251: no step of values that come by turns, such as every second one.
      this.pause = Math.min(2 * this.pause + 2, MAX_PAUSE);
      this.remaining = this.pause;
    }
  }
}
