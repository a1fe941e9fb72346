import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** Stands in for a TCP socket, with a kernel that takes what is written when the test lets it. */
export class FakeSocket extends Duplex {
  /** What the kernel took, in pieces as they were written. */
  readonly taken: Buffer[] = [];
  /** While true, the kernel takes nothing. */
  stalled = false;
  saidFin = false;
  private release: (() => void) | undefined;

  get bytes(): Buffer {
    return Buffer.concat(this.taken);
  }

  get asSocket(): Socket {
    return this as unknown as Socket;
  }

  /** For how long nothing may move before it says `timeout`; a test says it in its place. */
  timeLimit = 0;

  setTimeout(timeout: number): this {
    this.timeLimit = timeout;
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  /** Takes what is waiting, one write of it. */
  takeOne(): void {
    const { release } = this;
    this.release = undefined;
    release?.();
  }

  /** Takes all that is waiting, and from now on what comes. */
  unstall(): void {
    this.stalled = false;
    this.takeOne();
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    // Looked at only when it is taken, as a kernel does: what is written over before that would be sent wrong.
    this.release = () => {
      this.taken.push(Buffer.from(chunk));
      done();
    };
    if (!this.stalled) this.takeOne();
  }

  override _read(): void {
    return;
  }

  override _final(done: () => void): void {
    this.saidFin = true;
    done();
  }
}
