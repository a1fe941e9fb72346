import fc from 'fast-check';
import protobuf from 'protobufjs';

const root = new protobuf.Root().loadSync([
  'test/contract/protobuf/fixtures/everything.proto',
  'test/contract/protobuf/fixtures/legacy.proto',
  'test/contract/protobuf/fixtures/delimited.proto',
  'test/contract/protobuf/fixtures/inherited.proto',
  'test/contract/protobuf/fixtures/many.proto',
]);
root.resolveAll();
export const everything = root.lookupType('everything.Everything');
export const legacy = root.lookupType('legacy.Legacy');
export const delimited = root.lookupType('delimited.Delimited');
export const many = root.lookupType('many.Many');
export const inherited = root.lookupType('inherited.Inherited');

/** What may be on the wire for a message of `type`: most by the rules, but not all. */
export function wireOf(type: protobuf.Type): fc.Arbitrary<Buffer> {
  const varint = fc
    .oneof(
      fc.bigInt({ min: 0n, max: 40n }),
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      fc.constantFrom(2n ** 53n - 1n, 2n ** 53n, 2n ** 63n),
    )
    .map(varintOf);
  const delimited = (bytes: Buffer): Buffer => Buffer.concat([varintOf(BigInt(bytes.length)), bytes]);
  // Of a map's entries as well.
  const any = fc.oneof(fc.constantFrom(1, 2), fc.integer({ min: 1, max: type.fieldsArray.length + 1 }));
  const idOf = (wireType: number): fc.Arbitrary<number> => {
    const right = type.fieldsArray.filter((each) => wireTypeOf(each) === wireType).map(({ id }) => id);
    return right.length > 0 ? fc.oneof({ arbitrary: fc.constantFrom(...right), weight: 4 }, any) : any;
  };
  const field = (wireType: number, value: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> =>
    fc.tuple(idOf(wireType), value).map(([id, bytes]) => Buffer.concat([tag(id, wireType), bytes]));
  const fixed = (length: number): fc.Arbitrary<Buffer> =>
    fc.uint8Array({ minLength: length, maxLength: length }).map((array) => Buffer.from(array));
  const { message } = fc.letrec<{ message: Buffer; field: Buffer }>((tie) => ({
    message: fc.array(tie('field'), { maxLength: 8, depthIdentifier: 'wire' }).map((fields) => Buffer.concat(fields)),
    field: fc.oneof(
      { maxDepth: 4, depthIdentifier: 'wire' },
      field(0, varint),
      field(1, fixed(8)),
      field(5, fixed(4)),
      field(
        2,
        fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => delimited(Buffer.from(text))),
      ),
      field(
        2,
        fc.uint8Array({ maxLength: 12 }).map((array) => delimited(Buffer.from(array))),
      ),
      field(
        2,
        fc.array(varint, { maxLength: 5 }).map((items) => delimited(Buffer.concat(items))),
      ),
      field(2, fc.constant(delimited(Buffer.from('__proto__')))),
      field(2, tie('message').map(delimited)),
      fc.tuple(idOf(3), tie('message')).map(([id, bytes]) => Buffer.concat([tag(id, 3), bytes, tag(id, 4)])),
    ),
  }));
  return message;
}

function wireTypeOf(field: protobuf.Field): number {
  const { map, resolvedType, type } = field.resolve();
  if (map || resolvedType instanceof protobuf.Type) return field.delimited && !map ? 3 : 2;
  return resolvedType ? 0 : (protobuf.types.basic as Record<string, number>)[type]!;
}

export function varintOf(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}

export const tag = (id: number, wireType: number): Buffer => varintOf(BigInt(id * 8 + wireType));
