import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { anything } from '../../../lib/contract/messagepack/anything.js';
import { optional } from '../../../lib/contract/messagepack/collections.js';
import type { Kind } from '../../../lib/contract/messagepack/kind.js';
import { u8 } from '../../../lib/contract/messagepack/numbers.js';
import { string, unit } from '../../../lib/contract/messagepack/scalars.js';
import { struct } from '../../../lib/contract/messagepack/struct.js';
import { variants } from '../../../lib/contract/messagepack/variants.js';
import { InvalidContractError, NotSerializableError, ProtocolViolationError } from '../../../lib/errors/index.js';
import { hex, jsonValue, read, written } from '../../support/messagepack.js';

const Put = struct({ key: string, value: optional(u8) });
const Command = variants({ Put, Get: string, Flush: unit, Other: anything });

const [put, get, flush] = ['a3507574', 'a3476574', 'a5466c757368'];

describe('variants', () => {
  it('are a name, or a map of one entry', () => {
    expect(written(Command, 'Flush')).toEqual(hex(flush));
    expect(written(Command, { Get: 'k' })).toEqual(hex(`81 ${get} a16b`));
    expect(written(Command, { Put: { key: 'k', value: 1 } })).toEqual(hex(`81 ${put} 92 a16b 01`));
    expect(written(Command, { Put: { key: 'k', value: 1 } }, { structsAsMaps: true })).toEqual(
      hex(`81 ${put} 82 a36b6579 a16b a576616c7565 01`),
    );
  });

  it('come back', () => {
    const commands = fc.oneof(
      fc.constant('Flush'),
      fc.string({ unit: 'grapheme' }).map((key) => ({ Get: key })),
      fc.record({ key: fc.string({ unit: 'grapheme' }), value: fc.option(fc.nat(255)) }).map((data) => ({ Put: data })),
      jsonValue.map((data) => ({ Other: data })),
    );
    fc.assert(
      fc.property(commands, fc.boolean(), (command, structsAsMaps) => {
        expect(read(Command, written(Command, command, { structsAsMaps }))).toEqual(command);
      }),
    );
  });

  it('are read without data from a map as well, as Rust does', () => {
    expect(read(Command, hex(`81 ${flush} c0`))).toBe('Flush');
    expect(() => read(Command, hex(`81 ${flush} 01`))).toThrow('value.Flush has to be nil');
  });

  it('are known, and one at a time', () => {
    expect(() => read(Command, hex('a14e'))).toThrow('value has to be one of Put, Get, Flush, Other');
    expect(() => read(Command, hex('81 a95f5f70726f746f5f5f 01'))).toThrow(ProtocolViolationError);
    expect(() => read(Command, hex(`82 ${get} a0 ${put} a0`))).toThrow('and has 2 of them');
    expect(() => read(Command, hex('80'))).toThrow('and has 0 of them');
    expect(() => read(Command, hex(get))).toThrow('value has to be Get with data');
    for (const form of ['c0', '00', '90', '8101c0']) {
      expect(() => read(Command, hex(form))).toThrow(ProtocolViolationError);
    }
    for (const none of [
      null,
      undefined,
      1,
      [],
      {},
      'Unknown',
      { Unknown: 1 },
      { Get: '', Put: {} },
      { __proto__: 1 },
    ]) {
      expect(() => written(Command, none)).toThrow('value has to be one of Put, Get, Flush, Other');
    }
  });

  it('take no data where they have none, and need it where they have', () => {
    // A client has to send something.
    for (const nothing of [undefined, null, {}, '', []]) {
      expect(written(Command, { Flush: nothing })).toEqual(hex(flush));
    }
    for (const data of [1, 'text', { a: 1 }, false]) {
      expect(() => written(Command, { Flush: data })).toThrow('value.Flush has to be without data');
    }
    expect(() => written(Command, 'Get')).toThrow('value.Get has to be with data, and is missing');
    expect(() => written(Command, { Put: { key: 1 } })).toThrow('value.Put.key has to be a string');
    expect(() => written(Command, { Put: null })).toThrow(NotSerializableError);
  });

  it('are blank without data where they can be', () => {
    expect(Command.blank()).toBe('Flush');
    expect(variants({ Put, Get: string }).blank()).toEqual({ Put: { key: '', value: null } });
  });

  it('are made of kinds', () => {
    expect(() => variants({})).toThrow(InvalidContractError);
    expect(() => variants({ Put: {} as unknown as Kind })).toThrow('The variant Put has to be a kind of value');
  });
});
