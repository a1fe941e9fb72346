import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

const open: { server: Server; sockets: Socket[] }[] = [];

/** Two ends of a TCP connection on loopback. The second stays open for writing when the first says FIN. */
export async function socketPair(): Promise<[Socket, Socket]> {
  const server = createServer({ allowHalfOpen: true });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const near = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [[far]] = (await Promise.all([once(server, 'connection'), once(near, 'connect')])) as [[Socket], unknown];
  // Tests reset connections on purpose.
  far.on('error', () => undefined);
  open.push({ server, sockets: [near, far] });
  return [near, far];
}

/** Closes what {@link socketPair} opened. For `afterEach`. */
export async function closeSocketPairs(): Promise<void> {
  for (const { server, sockets } of open.splice(0)) {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}
