import type { ClientProxy } from '@nestjs/microservices';

import type { Caller } from '../workload/caller.js';
import type { Echo } from '../workload/echo.js';

/** How a contender names the handlers. */
export interface Patterns {
  readonly echo: unknown;
  readonly items: unknown;
  readonly hold: unknown;
}

export const strings: Patterns = { echo: 'echo', items: 'items', hold: 'hold' };

/** The load's view of any of Nest's client proxies. */
export async function callerOf(client: ClientProxy, { echo, hold, items }: Patterns = strings): Promise<Caller> {
  await client.connect();
  return {
    echo: (message, observer) => void client.send<Echo>(echo, message).subscribe(observer),
    items: (request, observer) => void client.send<Echo>(items, request).subscribe(observer),
    hold: (message, observer) => void client.send<Echo>(hold, message).subscribe(observer),
    close: () => void client.close(),
  };
}
