/** So many lines of a kind are written in one interval. */
const LINES = 10;

/** In milliseconds. */
const INTERVAL = 1_000;

/**
 * Lines that a peer can bring about as often as it likes: a few of them are written, and then how many there were more. So
 * nobody fills a disk from afar.
 */
export class BoundedLog {
  private written = 0;
  private left = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly write: (line: string) => void) {}

  add(line: string): void {
    if (this.written < LINES) {
      this.written++;
      this.write(line);
    } else {
      this.left++;
    }
    this.timer ??= setTimeout(() => this.startOver(), INTERVAL).unref();
  }

  private startOver(): void {
    this.timer = undefined;
    if (this.left > 0) this.write(`${this.left} more like this within ${INTERVAL} ms`);
    this.written = this.left = 0;
  }
}
