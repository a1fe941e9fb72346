import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import { builtInCodec, type Message } from '../../lib/contract/index.js';
import { ControlCode, Found, FrameDecoder, type MessageId } from '../../lib/wire/index.js';
import { eventually } from './eventually.js';
import { frameOf } from './messages.js';

const codec = builtInCodec();
const open: RawPeer[] = [];

/** A peer that writes what it likes, and keeps what it gets. Closed by {@link closeRawPeers}. */
export class RawPeer {
  readonly messages: Message[] = [];
  readonly closed: Promise<unknown>;
  readonly socket: Socket;
  private readonly decoder = new FrameDecoder(codec.measure, Infinity);

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1').on('error', () => undefined);
    this.closed = once(this.socket, 'close').catch(() => undefined);
    this.socket.on('data', (chunk: Buffer) => {
      this.decoder.push(chunk);
      while (this.decoder.next() === Found.Frame) {
        const { bytes, end, start } = this.decoder;
        this.messages.push(codec.decode(bytes, start, end));
      }
    });
    open.push(this);
  }

  get isClosed(): boolean {
    return this.socket.destroyed;
  }

  send(...messages: Partial<Message>[]): void {
    this.socket.write(
      Buffer.concat(messages.map((message) => frameOf(codec, { id: 1, code: ControlCode.Normal, ...message }))),
    );
  }

  /** Asks and cancels at once, `count` times, and once more without a Cancel; resolves when that has its answer. */
  async reset(route: string, count: number): Promise<void> {
    const last = ++this.lastId;
    for (let i = 0; i < count; i++) {
      const id = ++this.lastId;
      this.send({ id, route, body: 0 }, { id, code: ControlCode.Cancel });
    }
    this.send({ id: last, route: 'no such route', body: 0 });
    await this.answered(last);
  }

  /** Resolves when the call `id` has an answer. */
  async answered(id: MessageId): Promise<void> {
    await eventually(() => this.isClosed || this.messages.some((message) => message.id === id));
  }

  private lastId = 1_000_000;
}

/** For `afterEach`. */
export function closeRawPeers(): void {
  for (const { socket } of open.splice(0)) socket.destroy();
}
