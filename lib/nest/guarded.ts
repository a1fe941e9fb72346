import type { LoggerService } from '@nestjs/common';

import { isThenable } from './is-thenable.js';

export type Listener = (...args: unknown[]) => void;

/**
 * A listener of the application's, whose mistakes are logged. Sockets and servers call it before the transport's own
 * listeners: what it throws would keep the event from those, and leave calls waiting for ever.
 */
export function guarded(listener: Listener, logger: LoggerService): Listener {
  return function (this: unknown, ...args: unknown[]): void {
    const log = (error: unknown): void => void logger.error(error);
    try {
      const returned: unknown = listener.apply(this, args);
      // Nobody waits for an async one, and a rejection that nobody handles is the end of the process.
      if (isThenable(returned)) Promise.resolve(returned).catch(log);
    } catch (error) {
      log(error);
    }
  };
}
