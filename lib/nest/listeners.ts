import type { EventEmitter } from 'node:events';

import type { Listener } from './guarded.js';

/** The listeners that `on()` was given, for an emitter that is not there yet, and for every one that comes later. */
export class Listeners {
  private readonly entries: { event: string; listener: Listener }[] = [];

  add(event: string, listener: Listener): void {
    this.entries.push({ event, listener });
  }

  attachTo(emitter: EventEmitter): void {
    for (const { event, listener } of this.entries) emitter.on(event, listener);
  }

  clear(): void {
    this.entries.length = 0;
  }
}
