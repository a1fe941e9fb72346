import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

const open: TcpServer[] = [];

/** A server that accepts connections and says nothing: no protosocket, no TLS. */
export class TcpServer {
  readonly sockets: Socket[] = [];

  private constructor(private readonly server: Server) {
    server.on('connection', (socket) => {
      socket.on('error', () => undefined);
      socket.resume();
      this.sockets.push(socket);
    });
    open.push(this);
  }

  static async listen(): Promise<TcpServer> {
    const server = createServer();
    const tcp = new TcpServer(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return tcp;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** Closes what was opened. For `afterEach`. */
export async function closeTcpServers(): Promise<void> {
  for (const server of open.splice(0)) await server.close();
}
