import type { ClientProxy } from '@nestjs/microservices';
import type { Socket } from 'node:net';

import { builtInCodec } from '../../../lib/contract/index.js';
import { frameOf } from '../../support/messages.js';
import { Bench, type Service } from '../../nest-tcp/support/bench.js';
import type { ClientOptions, NestTransport, ServerOptions } from '../../nest-tcp/support/transports.js';
import { attacked, finishWork, forget } from './handlers.js';
import { Neighbour } from './neighbour.js';

/** Payloads that are text already, whatever it says. */
const asItIs = builtInCodec({
  serialize: String,
  deserialize: (bytes, start, end) => bytes.toString('utf8', start, end),
});

/** A service of either transport, with a neighbour that is served throughout. */
export class Arena {
  private readonly bench: Bench;
  private service: Service | undefined;
  private neighbour: Neighbour | undefined;
  private clientOptions: ClientOptions = {};

  constructor(readonly transport: NestTransport) {
    this.bench = new Bench(transport);
    forget();
  }

  async serve(options: ServerOptions = {}, clientOptions: ClientOptions = {}): Promise<Service> {
    this.service = await this.bench.service(attacked, options);
    this.clientOptions = clientOptions;
    this.neighbour = new Neighbour(this.client());
    return this.service;
  }

  get port(): number {
    return this.service!.port;
  }

  client(): ClientProxy {
    return this.service!.client(this.clientOptions);
  }

  /** A connection that writes what it likes. */
  socket(): Promise<Socket> {
    return this.bench.socket(this.port);
  }

  later(cleanup: () => unknown): void {
    this.bench.later(cleanup);
  }

  /** The bytes of a request whose data is `json`, which no serializer has seen. */
  request(pattern: string, json: string, id: number | undefined): Buffer {
    if (this.transport.name !== 'TCP') {
      return frameOf(asItIs, { id: id ?? 0, code: 0, route: pattern, body: json, event: id === undefined });
    }
    const packet = `{"pattern":${JSON.stringify(pattern)},"data":${json}${id === undefined ? '' : `,"id":"${id}"`}}`;
    return Buffer.from(`${packet.length}#${packet}`);
  }

  /** Has the neighbour leave, and closes all there is. */
  async close(): Promise<void> {
    try {
      await this.neighbour?.leave();
    } finally {
      finishWork();
      await this.bench.close();
    }
  }
}
