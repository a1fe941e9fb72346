import {
  type ClientProvider,
  ClientTCP,
  type CustomTransportStrategy,
  type MicroserviceOptions,
  type Server,
  ServerTCP,
  Transport,
} from '@nestjs/microservices';
import {
  ClientProtosocket,
  PROTOSOCKET,
  type ProtosocketClientOptions,
  type ProtosocketServerOptions,
  ServerProtosocket,
} from 'nestjs-protosocket';

import { builtInCodec } from '../../../lib/contract/index.js';
import { ControlCode } from '../../../lib/wire/index.js';
import { frameOf } from '../../support/messages.js';

export type ServerOptions = ProtosocketServerOptions;
export type ClientOptions = ProtosocketClientOptions;

/** What rows ask of a server of either transport. */
export type NestServer = CustomTransportStrategy &
  Pick<Server, 'getHandlerByPattern' | 'setOnProcessingStartHook' | 'setOnProcessingEndHook' | 'transportId'>;

/** What a row of the tables needs of a transport, so that it can be shown on either. */
export interface NestTransport {
  readonly name: string;
  /** What binds a handler to this transport. */
  readonly id: Transport | symbol;
  /** For `createMicroservice` and `connectMicroservice`. */
  microservice(options: ServerOptions): MicroserviceOptions;
  /** The server itself, where a row speaks to it. */
  server(options: ServerOptions): NestServer;
  /** For `ClientsModule`, `ClientProxyFactory` and `@Client()`. */
  clientProvider(options: ClientOptions): ClientProvider;
  /** For rows that extend it. Typed as ours, to extend either. */
  readonly Client: typeof ClientProtosocket;
  /** The bytes of a request, for rows that write to a socket of their own. */
  frame(pattern: string, data: unknown, id: number): Buffer;
  /** Bytes that are no message. */
  readonly garbage: Buffer;
}

export const tcp: NestTransport = {
  name: 'TCP',
  id: Transport.TCP,
  microservice: (options) => ({ transport: Transport.TCP, options }),
  server: (options) => new ServerTCP(options),
  clientProvider: (options) => ({ transport: Transport.TCP, options }),
  Client: ClientTCP as unknown as typeof ClientProtosocket,
  frame(pattern, data, id) {
    const json = JSON.stringify({ pattern, data, id: String(id) });
    return Buffer.from(`${json.length}#${json}`);
  },
  garbage: Buffer.from('not a number#{}'),
};

/** Every server and client of ours since the last look at what they have left open. */
const counted: (ServerProtosocket | ClientProtosocket)[] = [];

class CountedClient extends ClientProtosocket {
  constructor(options?: ClientOptions) {
    super({ gracePeriod: 200, ...options });
    counted.push(this);
  }
}

const createServer = (options: ServerOptions): ServerProtosocket => {
  const server = new ServerProtosocket({ gracePeriod: 200, ...options });
  counted.push(server);
  return server;
};

export const protosocket: NestTransport = {
  name: 'protosocket',
  id: PROTOSOCKET,
  microservice: (options) => ({ strategy: createServer(options) }),
  server: createServer,
  clientProvider: (options) => ({ customClass: CountedClient, options }),
  Client: CountedClient,
  frame: (route, body, id) => frameOf(builtInCodec(), { id, code: ControlCode.Normal, route, body }),
  // A length that does not end.
  garbage: Buffer.alloc(16, 0xff),
};

/** Throws if something of ours has a connection or a call that it should not have any more. */
export function assertNothingLeftOpen(): void {
  const left = counted.splice(0).map((each) => each.getStats());
  if (left.some(({ connections, inFlight }) => connections > 0 || inFlight > 0)) {
    throw new Error(`Left open after the test: ${JSON.stringify(left)}`);
  }
}
