import { describe, expect, it } from '@jest/globals';
import protobuf from 'protobufjs';

import { compile, GeneratedCode } from '../../../lib/contract/protobuf/generated-code.js';

describe('GeneratedCode', () => {
  it('has one name for each value that it uses, in the order of use or not', () => {
    const generated = new GeneratedCode();
    const [ten, two] = [generated.use(10n), generated.use(2n)];
    const add = generated.use((a: bigint, b: bigint) => a + b);
    const compiled = generated.compile<(value: bigint) => bigint>(`(value) => ${add}(value * ${two}, ${ten})`);
    expect(compiled(1n)).toBe(12n);
    expect(generated.use(2n)).toBe(two);
    expect(two).not.toBe(ten);
  });
});

describe('compile', () => {
  it('finishes the code of protobufjs, and no two functions are the same to V8', () => {
    const add = (): ((value: number) => number) =>
      compile(protobuf.util.codegen(['value'])('return value + two') as protobuf.Codegen, { two: 2 }) as never;
    const [one, other] = [add(), add()];
    expect([one(1), other(2)]).toEqual([3, 4]);
    expect(String(one)).not.toBe(String(other));
  });
});
