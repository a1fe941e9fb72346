import { ClientProtosocket, type ProtosocketServerOptions, ServerProtosocket } from 'nestjs-protosocket';
import { protobufContract } from 'nestjs-protosocket/protobuf';

import type { Caller } from '../workload/caller.js';
import { ECHO_PROTO } from '../workload/echo-proto.js';
import { StringPatterns, StringPatternsAndUploads } from '../workload/echo-controllers.js';
import { type Echo, itemsOf } from '../workload/echo.js';
import { type Contender, HOST } from './contender.js';
import { callerOf } from './nest-client.js';
import { serveNest } from './nest-server.js';

/** All limits are on. The one on calls in flight is above what the loads have on one connection, and far above its default. */
const serverOptions = (port: number): ProtosocketServerOptions => ({ host: HOST, port, maxCallsInFlight: 20_000 });

/** One for all connections, as an app has it. */
const contract = echoContract();

export const json: Contender = {
  serve: (port) => serveNest(StringPatternsAndUploads, { strategy: new ServerProtosocket(serverOptions(port)) }),
  connect: (port) => uploading(new ClientProtosocket({ host: HOST, port })),
};

export const protobuf: Contender = {
  serve: (port) =>
    serveNest(StringPatterns, {
      strategy: new ServerProtosocket({ ...serverOptions(port), contract }),
    }),
  connect: (port) => callerOf(new ClientProtosocket({ host: HOST, port, contract })),
};

/** An iterable, unlike an Observable, is asked for items only while there is room. */
async function uploading(client: ClientProtosocket): Promise<Caller> {
  const caller = await callerOf(client);
  return {
    ...caller,
    collect: (request, observer) => void client.send<Echo>('collect', itemsOf(request)).subscribe(observer),
  };
}

export function echoContract(): ReturnType<typeof protobufContract> {
  return protobufContract({
    proto: ECHO_PROTO,
    request: 'bench.Request',
    response: 'bench.Response',
    routes: { items: { reply: 'stream' } },
  });
}
