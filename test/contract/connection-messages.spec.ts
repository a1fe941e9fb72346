import { describe, expect, it } from '@jest/globals';

import {
  builtInCodec,
  builtInContract,
  GOING_AWAY,
  idempotentRoute,
  isOfConnection,
  type Message,
  PING,
  PONG,
} from '../../lib/contract/index.js';
import { ControlCode } from '../../lib/wire/index.js';
import { frameOf } from '../support/messages.js';

const { Cancel, End, Normal } = ControlCode;

describe('messages about a connection', () => {
  it.each([
    ['going away', GOING_AWAY, '021002'],
    ['ping', PING, '0410013001'],
    ['pong', PONG, '021001'],
    ['an idempotent route', idempotentRoute('get'), '0710011a03676574'],
  ])('%s has the bytes of docs/wire.md', (_, message, hex) => {
    const frame = frameOf(builtInCodec(), message);
    expect(frame.toString('hex')).toBe(hex);
    const read = builtInCodec().decode(frame, 0, frame.length);
    expect(read).toMatchObject(message);
    expect(isOfConnection(read)).toBe(true);
    // Servers say most of them, in the way of replies, which have no pattern otherwise.
    expect(frameOf(builtInContract().replies, message)).toEqual(frame);
  });

  it('leave the other messages of a server without a pattern', () => {
    const { replies } = builtInContract();
    for (const code of [Normal, Cancel, End]) {
      const frame = frameOf(replies, { id: 7, code, route: 'get' });
      expect(builtInCodec().decode(frame, 0, frame.length).route).toBeUndefined();
    }
  });

  it.each<[string, Message]>([
    ['an event that nobody waits for', { id: 0, code: Normal, route: 'r', silent: true }],
    ['the Cancel of a call', { id: 1, code: Cancel }],
    ['the End of a call', { id: 2n ** 63n, code: End }],
  ])('%s is none', (_, message) => expect(isOfConnection(message)).toBe(false));
});
