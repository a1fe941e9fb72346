import { describe, expect, it } from '@jest/globals';
import type { Deserializer, Serializer } from '@nestjs/microservices';

import { NotSerializableError } from '../../lib/errors/index.js';
import { ClientPackets, ServerPackets } from '../../lib/nest/packets.js';
import { turn } from '../support/turn.js';

const halves = {
  client: (serialize: () => unknown) =>
    new ClientPackets(optionsOf(serialize)).serializeRequest({ pattern: 'a', data: 1 }, false),
  server: (serialize: () => unknown) => new ServerPackets(optionsOf(serialize)).serializeReply(1, { response: 1 }),
};

function optionsOf(serialize: Serializer['serialize']): ConstructorParameters<typeof ClientPackets>[0] {
  return { serializer: { serialize }, deserializer: undefined as unknown as Deserializer, deserializesAll: false };
}

describe.each(['client', 'server'] as const)('packets of the %s', (half) => {
  it('are what the serializer makes of them', () => {
    expect(halves[half](() => 'sealed')).toBe('sealed');
  });

  it('cannot be made by a serializer that throws', () => {
    const cause = new Error('no key');
    const failing = (): never => {
      throw cause;
    };
    expect(() => halves[half](failing)).toThrow(new NotSerializableError('The serializer failed', cause));
  });

  it.each([
    ['a Promise', () => Promise.resolve('sealed')],
    ['a Promise that is rejected', () => Promise.reject(new Error('no key'))],
    ['what can be waited for', () => ({ then: () => undefined })],
  ])('cannot be made by a serializer that answers with %s', async (_, serialize) => {
    expect(() => halves[half](serialize)).toThrow(NotSerializableError);
    expect(() => halves[half](serialize)).toThrow('has to be synchronous');
    // A rejection that nobody handles would be the end of the process.
    await turn();
  });
});
