import { describe, expect, it } from '@jest/globals';

import { InvalidOptionError } from '../../lib/errors/index.js';
import { ProtosocketRecord, ProtosocketRecordBuilder } from '../../lib/nest/protosocket-record.js';

describe.each([
  ['of a builder', (timeout: number) => new ProtosocketRecordBuilder(1).setTimeout(timeout).build()],
  ['made by hand', (timeout: number) => new ProtosocketRecord(1, undefined, timeout)],
])('a record %s', (_, withTimeout) => {
  it('has a timeout from 0 up, which may come as text', () => {
    expect(withTimeout(0).timeout).toBe(0);
    expect(withTimeout('500' as unknown as number).timeout).toBe(500);
  });

  it.each([Number.NaN, -1, null, 'soon'])('takes no timeout that is %p', (timeout) => {
    expect(() => withTimeout(timeout as number)).toThrow(InvalidOptionError);
  });
});
