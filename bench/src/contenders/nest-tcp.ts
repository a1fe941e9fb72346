import { ClientProxyFactory, JsonSocket, Transport } from '@nestjs/microservices';
import type { Socket } from 'node:net';

import { ObjectPatterns, StringPatterns } from '../workload/echo-controllers.js';
import { type Contender, HOST } from './contender.js';
import { callerOf } from './nest-client.js';
import { serveNest } from './nest-server.js';

export const asItIs: Contender = {
  serve: (port) => serveNest(StringPatterns, { transport: Transport.TCP, options: { host: HOST, port } }),
  connect: (port) => callerOf(ClientProxyFactory.create({ transport: Transport.TCP, options: { host: HOST, port } })),
};

class NoDelaySocket extends JsonSocket {
  constructor(socket: Socket) {
    super(socket);
    socket.setNoDelay(true);
  }
}

/**
 * Nest TCP at its best: with an object pattern it does not try to parse the pattern as JSON for each request, in vain,
 * and with NODELAY its last replies do not wait for an acknowledgement.
 */
export const fair: Contender = {
  serve: (port) =>
    serveNest(ObjectPatterns, { transport: Transport.TCP, options: { host: HOST, port, socketClass: NoDelaySocket } }),
  connect: (port) =>
    callerOf(
      ClientProxyFactory.create({
        transport: Transport.TCP,
        options: { host: HOST, port, socketClass: NoDelaySocket },
      }),
      { echo: { cmd: 'echo' }, items: { cmd: 'items' }, hold: { cmd: 'hold' } },
    ),
};
