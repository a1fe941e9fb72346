import { ProtocolViolationError } from '../../errors/index.js';

/** What follows a tag from 0xc0 to 0xdf. */
interface Form {
  /** How many bytes the size takes that follows the tag. */
  readonly width: number;
  /** How many bytes follow beside what the size counts. */
  readonly fixed: number;
  /** What the size counts: 0 bytes, 1 the items of an array, 2 the entries of a map, each a key and a value. */
  readonly values: number;
}

const fixed = (length: number): Form => ({ width: 0, fixed: length, values: 0 });
const sized = (width: number, more = 0): Form => ({ width, fixed: more, values: 0 });
const values = (width: number, perItem: number): Form => ({ width, fixed: 0, values: perItem });

const FORMS: readonly (Form | undefined)[] = [
  ...[fixed(0), undefined, fixed(0), fixed(0)], // nil, never used, false, true
  ...[sized(1), sized(2), sized(4)], // bin
  ...[sized(1, 1), sized(2, 1), sized(4, 1)], // ext, with a byte for its type
  ...[fixed(4), fixed(8)], // float
  ...[fixed(1), fixed(2), fixed(4), fixed(8)], // uint
  ...[fixed(1), fixed(2), fixed(4), fixed(8)], // int
  ...[fixed(2), fixed(3), fixed(5), fixed(9), fixed(17)], // fixext
  ...[sized(1), sized(2), sized(4)], // str
  ...[values(2, 1), values(4, 1)], // array
  ...[values(2, 2), values(4, 2)], // map
];

/**
 * Where the value ends that begins at `start`. It allocates nothing by what the bytes declare and does not recurse, so
 * that no bomb gets beyond it: whoever reads the value afterwards need not look at bounds again.
 *
 * @param maxDepth how many arrays and maps may lie within each other.
 * @throws ProtocolViolationError for bytes up to `end` that are no MessagePack, or declare more values or bytes than
 *   there are, or nest deeper.
 */
export function endOfValue(bytes: Buffer, start: number, end: number, maxDepth: number): number {
  /** How many values each open array and map still lacks, the outermost first. */
  const open: number[] = [];
  /** How many values are still to come in all of them. Each takes a byte at least. */
  let due = 1;
  let offset = start;
  do {
    if (due > end - offset) throw cutOff();
    const tag = bytes[offset++]!;
    due--;
    let children = 0;
    if (tag < 0x80 || tag >= 0xe0) {
      // A small integer.
    } else if (tag < 0x90) {
      children = (tag & 0x0f) * 2;
    } else if (tag < 0xa0) {
      children = tag & 0x0f;
    } else if (tag < 0xc0) {
      offset += tag & 0x1f;
    } else {
      const form = FORMS[tag - 0xc0];
      if (!form) throw new ProtocolViolationError('The peer sent the byte 0xc1, which MessagePack does not use');
      if (form.width + form.fixed > end - offset) throw cutOff();
      const size = form.width === 0 ? 0 : bytes.readUIntBE(offset, form.width);
      offset += form.width + form.fixed;
      if (form.values > 0) children = size * form.values;
      else offset += size;
    }
    if (isContainer(tag) && open.length >= maxDepth) {
      throw new ProtocolViolationError(`The peer sent a message that nests deeper than ${maxDepth}`);
    }
    if (children > 0) {
      due += children;
      open.push(children);
    } else {
      while (open.length > 0 && --open[open.length - 1]! === 0) open.pop();
    }
  } while (open.length > 0);
  if (offset > end) throw cutOff();
  return offset;
}

const isContainer = (tag: number): boolean => (tag >= 0x80 && tag < 0xa0) || (tag >= 0xdc && tag < 0xe0);

function cutOff(): ProtocolViolationError {
  return new ProtocolViolationError('The peer sent a message that declares more than it has');
}
