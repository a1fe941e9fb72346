import { from, type Observable } from 'rxjs';

import type { Pullable } from '../rpc/index.js';
import { unsubscribe } from './unsubscribe.js';

/**
 * The last item of `source`, once that has come to its end; `undefined` where there is none. When `signal` is aborted, the
 * source is stopped, and this rejects with the signal's reason.
 */
export function lastItemOf(source: Observable<unknown> | Pullable, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    // Nobody waits any more: it need not begin.
    signal.throwIfAborted();
    let last: unknown;
    const subscription = from(source).subscribe({
      next: (item) => (last = item),
      error: reject,
      complete: () => resolve(last),
    });
    signal.addEventListener('abort', () => {
      unsubscribe(subscription);
      reject(signal.reason as Error);
    });
  });
}
