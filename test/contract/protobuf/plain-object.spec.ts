import { describe, expect, it } from '@jest/globals';
import { runInNewContext } from 'node:vm';

import { hasFields, isPlain } from '../../../lib/contract/protobuf/plain-object.js';

class Point {
  constructor(readonly x = 1) {}
}

describe('hasFields', () => {
  it.each([
    {},
    Object.create(null) as unknown,
    new Point(),
    new (class {
      get x(): number {
        return 1;
      }
    })(),
    new Error('no'),
    runInNewContext('({ x: 1 })') as unknown,
  ])('is so for objects, of whichever class: %p', (value) => {
    expect(hasFields(value)).toBe(true);
  });

  it.each([
    undefined,
    null,
    'text',
    1,
    () => 1,
    [],
    new Date(),
    new Map(),
    new Set(),
    /x/,
    Buffer.alloc(1),
    new ArrayBuffer(1),
    new DataView(new ArrayBuffer(1)),
    Promise.resolve(),
    Object('text') as unknown,
    runInNewContext('new Date()') as unknown,
  ])('is not so for what has its value elsewhere: %p', (value) => {
    expect(hasFields(value)).toBe(false);
  });
});

describe('isPlain', () => {
  it('is so for what no class has made', () => {
    expect(isPlain({})).toBe(true);
    expect(isPlain(Object.create(null) as object)).toBe(true);
    expect(isPlain(new Point())).toBe(false);
  });
});
