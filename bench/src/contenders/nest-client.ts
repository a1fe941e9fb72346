import type { ClientProxy } from '@nestjs/microservices';

import type { Caller } from '../workload/caller.js';
import type { Echo } from '../workload/echo.js';

/** The load's view of any of Nest's client proxies. */
export async function callerOf(client: ClientProxy, echo: unknown = 'echo', items: unknown = 'items'): Promise<Caller> {
  await client.connect();
  return {
    echo: (message, observer) => void client.send<Echo>(echo, message).subscribe(observer),
    items: (request, observer) => void client.send<Echo>(items, request).subscribe(observer),
  };
}
