import { Logger } from '@nestjs/common';
import type { Unsubscribable } from 'rxjs';

/**
 * Ends a subscription to what is the application's. What its teardown throws is logged: on its way up it would cut short the
 * end of the call, of its connection, and of all other calls there.
 */
export function unsubscribe(subscription: Unsubscribable): void {
  try {
    subscription.unsubscribe();
  } catch (error) {
    Logger.error(error);
  }
}
