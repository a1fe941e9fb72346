import { describe, expect, it } from '@jest/globals';

import { FieldNumbers } from '../../../lib/contract/protobuf/field-numbers.js';

describe('FieldNumbers', () => {
  it.each(['3', '0x3', '03'])('says whose number a field has, however it is written: %s', (number) => {
    const numbers = new FieldNumbers();
    expect(numbers.add('get', '3', 'a.proto:1')).toBeUndefined();
    expect(numbers.add('put', '4', 'a.proto:2')).toBeUndefined();
    expect(numbers.add('set', number, 'a.proto:3')).toBe('has the number 3 of get (a.proto:1)');
  });

  it.each([
    ['5', true],
    ['6', false],
    ['8', true],
    ['010', true],
    ['0xc', false],
    ['100', true],
  ])('says that a number is reserved: %s', (number, isReserved) => {
    const numbers = new FieldNumbers();
    numbers.reserve(['5', ',', '8', 'to', '10', ',', '0x64', 'to', 'max']);
    const mistake = numbers.add('get', number, 'a.proto:1');
    if (isReserved) expect(mistake).toMatch(/^has the number \d+, which is reserved$/);
    else expect(mistake).toBeUndefined();
  });

  it('says that a name is reserved', () => {
    const numbers = new FieldNumbers();
    numbers.reserve(['"get"', ',', '"put"']);
    numbers.reserve(['drop']);
    expect(numbers.add('get', '1', 'a.proto:1')).toBe('has a name that is reserved');
    expect(numbers.add('put', '2', 'a.proto:2')).toBe('has a name that is reserved');
    expect(numbers.add('drop', '3', 'a.proto:3')).toBe('has a name that is reserved');
    expect(numbers.add('set', '4', 'a.proto:4')).toBeUndefined();
  });
});
