import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { jsonPayload } from '../../lib/contract/index.js';
import { NotSerializableError, UnreadablePayloadError } from '../../lib/errors/index.js';

describe('jsonPayload', () => {
  it('gives back what JSON can say, from wherever it lies', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        const text = jsonPayload.serialize(value) as string;
        const bytes = Buffer.from(`##${text}##`);
        const again = jsonPayload.deserialize(bytes, 2, bytes.length - 2);
        expect(JSON.stringify(again)).toBe(text);
      }),
    );
  });

  it('says what cannot be written, and why', () => {
    expect(() => jsonPayload.serialize(1n)).toThrow(NotSerializableError);
    expect(() => jsonPayload.serialize(1n)).toThrow(/BigInt/);
    expect(() => jsonPayload.serialize(Symbol('s'))).toThrow(/symbol/);
  });

  it('keeps the cause, and the payload out of the text', () => {
    const bytes = Buffer.from('{"password": hunter2}');
    let thrown: unknown;
    try {
      jsonPayload.deserialize(bytes, 0, bytes.length);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(UnreadablePayloadError);
    expect((thrown as Error).message).not.toContain('hunter2');
    expect((thrown as Error).cause).toMatchObject({ name: 'SyntaxError' });
  });
});
