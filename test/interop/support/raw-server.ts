import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

import { bodiesOf, describeRequest, readRequest } from './echo-frames.js';
import { type Cut, RawConnection } from './raw-connection.js';

/** What is said to each request, a Cancel included. */
export type Answer = (request: ReturnType<typeof readRequest>, connection: RawConnection) => void;

const open: Server[] = [];

/** A server by hand, to which the client under test connects. */
export class RawServer {
  readonly connections: RawConnection[] = [];

  private constructor(
    private readonly server: Server,
    private readonly cut: Cut,
    private readonly hear: (connection: RawConnection) => void,
  ) {}

  /** One that answers requests with the echo contract in protobuf. */
  static listen(answer: Answer, cut?: Cut, tlsOptions?: TlsOptions): Promise<RawServer> {
    const hear = (connection: RawConnection): void => {
      let answered = 0;
      connection.socket.on('data', () => {
        const requests = bodiesOf(connection.bytes);
        while (answered < requests.length) answer(readRequest(requests[answered++]!), connection);
      });
    };
    return RawServer.accept(hear, cut, tlsOptions);
  }

  /** One that speaks whatever it likes. @param hear is told of each connection. */
  static async accept(
    hear: (connection: RawConnection) => void,
    cut: Cut = 'whole',
    tlsOptions?: TlsOptions,
  ): Promise<RawServer> {
    const server = tlsOptions ? createTlsServer(tlsOptions) : createServer();
    const raw = new RawServer(server, cut, hear);
    server.on(tlsOptions ? 'secureConnection' : 'connection', (socket: Socket) => raw.take(socket));
    open.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return raw;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** What came on all connections, in words. */
  get heard(): string[] {
    return this.connections.flatMap(({ heard }) => heard);
  }

  private take(socket: Socket): void {
    const connection = new RawConnection(socket, this.cut, describeRequest);
    this.connections.push(connection);
    this.hear(connection);
  }
}

/** Ends what still listens. For `afterEach`. */
export function closeRawServers(): void {
  for (const server of open.splice(0)) server.close();
}
