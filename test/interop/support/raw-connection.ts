import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { eventually } from '../../support/eventually.js';
import { bodiesOf, describeResponse } from './echo-frames.js';

/** How what is sent is cut: not at all, or into segments of one byte. */
export type Cut = 'whole' | 'byte by byte';

/** How long a peer is given to say what it should not. */
const QUIET = 25;
/** How long a peer is given to close what it should close. */
const PATIENCE = 600;

const open: Socket[] = [];

/** One end of a socket, with frames made and read by hand; the other end is under test. */
export class RawConnection {
  /** The other end has said FIN, or RST. */
  isOver = false;
  private readonly chunks: Buffer[] = [];

  constructor(
    readonly socket: Socket,
    private readonly cut: Cut,
    private readonly describe: (body: Buffer) => string,
  ) {
    open.push(socket);
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.chunks.push(chunk));
    for (const event of ['end', 'error', 'close']) socket.on(event, () => (this.isOver = true));
  }

  /** To a server under test. */
  static async to(port: number, cut: Cut = 'whole'): Promise<RawConnection> {
    // Half open: the other end's FIN is to be seen, not to be answered.
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    const connection = new RawConnection(socket, cut, describeResponse);
    await once(socket, 'connect');
    return connection;
  }

  /** All that came. */
  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }

  /** The frames that came whole, in words. */
  get heard(): string[] {
    return bodiesOf(this.bytes).map((body) => this.describe(body));
  }

  /** Sends `frames` in one segment, or byte by byte. */
  send(...frames: Buffer[]): void {
    const bytes = Buffer.concat(frames);
    if (this.cut === 'whole') this.socket.write(bytes);
    else for (const byte of bytes) this.socket.write(Buffer.of(byte));
  }

  /** Waits for so many frames, and a while for what should not follow. */
  async frames(count: number): Promise<string[]> {
    await eventually(() => this.isOver || bodiesOf(this.bytes).length >= count);
    await sleep(QUIET);
    return this.heard;
  }

  /** Waits for so many bytes, and a while for what should not follow. */
  async hex(count: number): Promise<string> {
    await eventually(() => this.isOver || this.bytes.length >= count);
    await sleep(QUIET);
    return this.bytes.toString('hex');
  }

  /** Whether the other end closes. */
  async fate(patience = PATIENCE): Promise<'closed' | 'open'> {
    for (const until = Date.now() + patience; !this.isOver && Date.now() < until;) await sleep(2);
    return this.isOver ? 'closed' : 'open';
  }
}

/** Ends what is still open. For `afterEach`. */
export function closeRawConnections(): void {
  for (const socket of open.splice(0)) socket.destroy();
}
