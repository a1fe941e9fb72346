import { describe, expect, it, jest } from '@jest/globals';
import type { LoggerService } from '@nestjs/common';

import { guarded } from '../../lib/nest/guarded.js';
import { turn } from '../support/turn.js';

describe('guarded', () => {
  it.each<[string, (error: Error) => unknown]>([
    [
      'throws',
      (error) => {
        throw error;
      },
    ],
    // What nobody handles would be the end of the process.
    ['rejects', (error) => Promise.reject(error)],
  ])('logs the error of a listener that %s', async (_, fail) => {
    const logger = { error: jest.fn() };
    const error = new Error('of the listener');
    guarded(() => fail(error), logger as unknown as LoggerService)();
    await turn();
    expect(logger.error.mock.calls).toEqual([[error]]);
  });

  it('has the listener called with what the event has, and answers with nothing', () => {
    const heard: unknown[] = [];
    const emitter = {};
    const listener = guarded(function (this: unknown, ...args): unknown {
      heard.push(this, ...args);
      return Promise.resolve();
    }, {} as LoggerService);
    expect(listener.call(emitter, 1, 2)).toBeUndefined();
    expect(heard).toEqual([emitter, 1, 2]);
  });
});
