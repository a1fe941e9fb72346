import type { Socket } from 'node:net';

/** Tells whether the peer of a socket has shown life, from what the socket counts anyway: messages pay nothing for it. */
export class LifeSigns {
  private read: number;
  /** What the kernel had taken while more was waiting; nothing, while it took all. */
  private taken: number | undefined;

  constructor(private readonly socket: Socket) {
    this.read = socket.bytesRead;
    this.taken = this.takenNow;
  }

  /** Whether there was one since the last time this was asked. */
  get seen(): boolean {
    const { read, taken } = this;
    this.read = this.socket.bytesRead;
    this.taken = this.takenNow;
    // A kernel whose buffer is full takes more only when the peer has taken some. Before that it takes anything.
    const tookMore = taken !== undefined && this.taken !== undefined && this.taken > taken;
    return this.read > read || tookMore;
  }

  private get takenNow(): number | undefined {
    const { bytesWritten, writableLength } = this.socket;
    return writableLength > 0 ? bytesWritten - writableLength : undefined;
  }
}
