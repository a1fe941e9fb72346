import { describe, expect, it } from '@jest/globals';
import { getEventListeners } from 'node:events';

import { onAbort } from '../../lib/session/on-abort.js';

const listenersOf = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

describe('onAbort', () => {
  it('tells all who wait, each once, and has one listener for them', () => {
    const controller = new AbortController();
    const { signal } = controller;
    const told: number[] = [];
    for (let i = 0; i < 20; i++) onAbort(signal, () => told.push(i));
    expect(listenersOf(signal)).toBe(1);
    controller.abort();
    expect(told).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(listenersOf(signal)).toBe(0);
  });

  it('tells nobody who has stopped, not even while others are told', () => {
    const controller = new AbortController();
    const { signal } = controller;
    const told: string[] = [];
    const stops = ['first', 'second', 'third'].map((name) =>
      onAbort(signal, () => {
        told.push(name);
        for (const stop of stops) stop();
      }),
    );
    stops[0]!();
    controller.abort();
    expect(told).toEqual(['second']);
  });

  it('leaves no listener behind, and begins anew', () => {
    const controller = new AbortController();
    const { signal } = controller;
    const stops = [1, 2].map(() => onAbort(signal, () => undefined));
    for (const left of [1, 0, 0]) {
      stops.pop()?.();
      expect(listenersOf(signal)).toBe(left);
    }
    let told = 0;
    onAbort(signal, () => told++);
    controller.abort();
    expect(told).toBe(1);
  });

  it('keeps signals apart', () => {
    const [first, second] = [new AbortController(), new AbortController()];
    const told: string[] = [];
    onAbort(first.signal, () => told.push('first'));
    onAbort(second.signal, () => told.push('second'));
    second.abort();
    expect(told).toEqual(['second']);
  });
});
