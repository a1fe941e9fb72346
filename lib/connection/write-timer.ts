import type { Socket } from 'node:net';

/** How much of the limit a look takes that only finds out whether bytes leave. */
const LOOK = 1 / 100;

/**
 * Bounds the time that a peer takes nothing of what waits for it.
 *
 * By the timer of Node's socket: it alone sees that a part of a large write has left. It says nothing where some has left
 * since its last look, and begins anew; so a first look after the whole limit would give most peers twice as long. The
 * first looks are short, and the limit counts from the one in which nothing left.
 */
export class WriteTimer {
  private state: 'stopped' | 'looking' | 'counting' = 'stopped';

  /** @param limit in milliseconds; 0 for none. */
  constructor(
    private readonly socket: Socket,
    private readonly limit: number,
    private readonly onExpired: () => void,
  ) {
    socket.on('timeout', () => this.look());
  }

  start(): void {
    this.state = 'looking';
    this.socket.setTimeout(Math.ceil(this.limit * LOOK));
  }

  stop(): void {
    this.state = 'stopped';
    this.socket.setTimeout(0);
  }

  private look(): void {
    // Of an application that has set a limit of its own.
    if (this.state === 'stopped') return;
    if (this.state === 'counting') {
      this.onExpired();
      return;
    }
    this.state = 'counting';
    this.socket.setTimeout(this.limit);
  }
}
