import { ClientProtosocket, type ProtosocketOptions, ServerProtosocket } from 'nestjs-protosocket';
import { protobufContract } from 'nestjs-protosocket/protobuf';

import { StringPatterns } from '../workload/echo-controllers.js';
import { ECHO_PROTO } from '../workload/echo-proto.js';
import { type Contender, HOST } from './contender.js';
import { callerOf } from './nest-client.js';
import { serveNest } from './nest-server.js';

function protosocket(more: () => ProtosocketOptions): Contender {
  return {
    serve: (port) => serveNest(StringPatterns, { strategy: new ServerProtosocket({ host: HOST, port, ...more() }) }),
    connect: (port) => callerOf(new ClientProtosocket({ host: HOST, port, ...more() })),
  };
}

export const json = protosocket(() => ({}));

export const protobuf = protosocket(() => ({ contract: echoContract() }));

export function echoContract(): ReturnType<typeof protobufContract> {
  return protobufContract({
    proto: ECHO_PROTO,
    request: 'bench.Request',
    response: 'bench.Response',
    routes: { items: { reply: 'stream' } },
  });
}
