import { ClientProxyFactory, Transport } from '@nestjs/microservices';

import { StringPatterns } from '../workload/echo-controllers.js';
import { type Contender, HOST } from './contender.js';
import { callerOf } from './nest-client.js';
import { serveNest } from './nest-server.js';

export const nats: Contender = {
  serve: (port) => serveNest(StringPatterns, { transport: Transport.NATS, options: { servers: [`${HOST}:${port}`] } }),
  connect: (port) =>
    callerOf(ClientProxyFactory.create({ transport: Transport.NATS, options: { servers: [`${HOST}:${port}`] } })),
};

export const redis: Contender = {
  serve: (port) => serveNest(StringPatterns, { transport: Transport.REDIS, options: { host: HOST, port } }),
  connect: (port) => callerOf(ClientProxyFactory.create({ transport: Transport.REDIS, options: { host: HOST, port } })),
};
