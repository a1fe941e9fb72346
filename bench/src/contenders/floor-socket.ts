import { createServer, connect as openSocket, type Socket } from 'node:net';

import {
  Found,
  FrameDecoder,
  type FrameSink,
  measureLengthDelimited,
  MIN_FIRST_PIECE,
  pieceSize,
  SendBuffer,
} from '../internals.js';
import { HOST } from './contender.js';

const MAX_FRAME = 4 * 1024 * 1024;

/** A socket that carries frames and knows nothing else: no states, no limits on time, no errors of its own. */
export class FloorSocket {
  private readonly decoder = new FrameDecoder(measureLengthDelimited, MAX_FRAME);
  private readonly sendBuffer = new SendBuffer(MAX_FRAME);
  private flushScheduled = false;
  private lastRead = 0;
  private messages = 0;
  private piece = MIN_FIRST_PIECE;
  private pieces = 0;

  /** @param awaited Of who calls: how many of its calls are in flight. */
  constructor(
    private readonly socket: Socket,
    receive: (bytes: Buffer, start: number, end: number) => void,
    private readonly awaited?: () => number,
  ) {
    const { decoder } = this;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.lastRead = chunk.length;
      decoder.push(chunk);
      while (decoder.next() === Found.Frame) receive(decoder.bytes, decoder.start, decoder.end);
    });
    socket.on('error', (error) => socket.destroy(error));
  }

  get out(): FrameSink {
    return this.sendBuffer;
  }

  /** To be called when a frame was written to `out`: it leaves by the end of the tick. */
  written(): void {
    this.messages++;
    if (this.sendBuffer.pending >= this.piece) {
      this.pieces++;
      this.flush();
    } else if (!this.flushScheduled) {
      this.flushScheduled = true;
      process.nextTick(() => {
        this.flushScheduled = false;
        this.pieces = 0;
        this.flush();
      });
    }
  }

  close(): void {
    this.socket.destroy();
  }

  private flush(): void {
    if (this.sendBuffer.pending === 0) return;
    const { awaited, lastRead, messages, sendBuffer } = this;
    const side = { answers: awaited === undefined, awaited: awaited?.() ?? 0, lastRead };
    this.piece = pieceSize(side, sendBuffer.pending / messages, this.pieces);
    this.messages = 0;
    for (const piece of this.sendBuffer.take()) this.socket.write(piece);
    if (this.socket.writableLength === 0) this.sendBuffer.recycle();
  }
}

export function listen(port: number, onSocket: (socket: Socket) => void): Promise<void> {
  return new Promise((resolve) => createServer(onSocket).listen(port, HOST, resolve));
}

export function connect(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = openSocket(port, HOST, () => resolve(socket));
    socket.once('error', reject);
  });
}
