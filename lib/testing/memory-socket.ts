import { Duplex } from 'node:stream';

import type { Clock } from '../rpc/index.js';
import type { MemoryPipe, PipeEnd } from './memory-pipe.js';

/** What of the connection a socket has to tell the other side. */
export interface SocketPeer {
  /** This socket is gone. `reset`: it lost something on the way, as it does with bytes that nobody has read. */
  closed(reset: boolean): void;

  /** Bytes came for this socket after it was gone. */
  cameTooLate(): void;
}

/** One end of a connection in memory: as much of a `net.Socket` as this package, and most users, look at. */
export class MemorySocket extends Duplex implements PipeEnd {
  connecting: boolean;
  bytesRead = 0;
  readonly remoteAddress = '127.0.0.1';
  readonly remoteFamily = 'IPv4';
  readonly localAddress = '127.0.0.1';
  private outgoing: MemoryPipe | undefined;
  private incoming: MemoryPipe | undefined;
  private peer: SocketPeer | undefined;
  private readonly beforeConnected: (() => void)[] = [];
  private taken = 0;
  private timeout = 0;
  private stopTimer: (() => void) | undefined;

  constructor(
    private readonly clock: Clock,
    readonly localPort: number,
    readonly remotePort: number,
    { connecting }: { connecting: boolean },
  ) {
    super({ allowHalfOpen: false });
    this.connecting = connecting;
  }

  /** As Node counts: what waits in the socket is among it. */
  get bytesWritten(): number {
    return this.taken + this.writableLength;
  }

  /** Joins it to the connection; what was written before goes out now. */
  join(outgoing: MemoryPipe, incoming: MemoryPipe, peer: SocketPeer): void {
    this.outgoing = outgoing;
    this.incoming = incoming;
    this.peer = peer;
    this.connecting = false;
    for (const run of this.beforeConnected.splice(0)) run();
  }

  receive(bytes: Buffer): boolean {
    if (this.destroyed) {
      this.peer!.cameTooLate();
      return true;
    }
    this.bytesRead += bytes.length;
    this.active();
    return this.push(bytes);
  }

  receiveFin(): void {
    if (!this.destroyed) this.push(null);
  }

  /** As Node's: emits `timeout` when nothing has come and nothing has gone for so long, in milliseconds. 0: never. */
  setTimeout(timeout: number): this {
    this.timeout = timeout;
    this.active();
    return this;
  }

  // What a socket has to say to a kernel, which is not there.
  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.whenConnected(() =>
      this.outgoing!.write(chunk, () => {
        this.taken += chunk.length;
        this.active();
        done();
      }),
    );
  }

  override _final(done: () => void): void {
    this.whenConnected(() => {
      this.outgoing!.finish();
      done();
    });
  }

  override _read(): void {
    this.incoming?.pull();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.stopTimer?.();
    this.peer?.closed(error !== null || this.incoming!.hasBytes || this.readableLength > 0);
    done(error);
  }

  private active(): void {
    this.stopTimer?.();
    this.stopTimer =
      this.timeout > 0 && !this.destroyed ? this.clock.after(this.timeout, () => this.emit('timeout')) : undefined;
  }

  private whenConnected(run: () => void): void {
    if (this.connecting) this.beforeConnected.push(run);
    else run();
  }
}

/** An error as Node makes them of what the system says. */
export function systemError(code: string, call: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${call} ${code}`), { code, syscall: call });
}
