import type { LoggerService } from '@nestjs/common';

export type Listener = (...args: unknown[]) => void;

/**
 * A listener of the application's, whose mistakes are logged. Sockets and servers call it before the transport's own
 * listeners: what it throws would keep the event from those, and leave calls waiting for ever.
 */
export function guarded(listener: Listener, logger: LoggerService): Listener {
  return function (this: unknown, ...args: unknown[]): void {
    try {
      listener.apply(this, args);
    } catch (error) {
      logger.error(error);
    }
  };
}
