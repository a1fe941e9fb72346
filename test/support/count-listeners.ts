import { EventEmitter, getEventListeners } from 'node:events';

/** How many listeners there are on `targets`, of all events; on a signal, of its abort. */
export function countListeners(...targets: (EventEmitter | AbortSignal)[]): number {
  return targets.reduce((sum, target) => {
    if (!(target instanceof EventEmitter)) return sum + getEventListeners(target, 'abort').length;
    return sum + target.eventNames().reduce((count, event) => count + target.listenerCount(event), 0);
  }, 0);
}
