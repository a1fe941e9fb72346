/** Bounds the time that a peer takes over one frame, from its first byte to its last. */
export class FrameTimer {
  private timer: NodeJS.Timeout | undefined;

  /** @param limit in milliseconds; 0 for none. */
  constructor(
    private readonly limit: number,
    private readonly onExpired: () => void,
  ) {}

  /**
   * To be told after each read.
   *
   * @param completed Whether a frame was completed by it: a partial frame is then another one than before.
   * @param partial Whether a frame has begun and is not complete.
   */
  read(completed: boolean, partial: boolean): void {
    if (completed || !partial) this.stop();
    if (!partial || this.timer || this.limit === 0) return;
    this.timer = setTimeout(this.onExpired, this.limit);
    this.timer.unref();
  }

  stop(): void {
    if (this.timer === undefined) return;
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
