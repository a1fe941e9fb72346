import { ProtocolViolationError } from '../../errors/index.js';
import { isMarked, isText } from './text.js';

/** What follows a tag from 0xc0 to 0xdf. */
interface Form {
  /** How many bytes the size takes that follows the tag. */
  readonly width: number;
  /** What the size counts: 0 bytes, 1 the items of an array, 2 the entries of a map, each a key and a value. */
  readonly values: number;
  /** How many bytes follow where there is no size. */
  readonly fixed: number;
}

const fixed = (length: number): Form => ({ width: 0, values: 0, fixed: length });
const sized = (width: number): Form => ({ width, values: 0, fixed: 0 });
const values = (width: number, perItem: number): Form => ({ width, values: perItem, fixed: 0 });

const NEVER_USED = 'the byte 0xc1, which MessagePack does not use';
const EXTENSION = 'an extension, of which the contract has none';

const FORMS: readonly (Form | string)[] = [
  ...[fixed(0), NEVER_USED, fixed(0), fixed(0)], // nil, never used, false, true
  ...[sized(1), sized(2), sized(4)], // bin
  ...[EXTENSION, EXTENSION, EXTENSION], // ext
  ...[fixed(4), fixed(8)], // float
  ...[fixed(1), fixed(2), fixed(4), fixed(8)], // uint
  ...[fixed(1), fixed(2), fixed(4), fixed(8)], // int
  ...[EXTENSION, EXTENSION, EXTENSION, EXTENSION, EXTENSION], // fixext
  ...[sized(1), sized(2), sized(4)], // str
  ...[values(2, 1), values(4, 1)], // array
  ...[values(2, 2), values(4, 2)], // map
];

/** The longest text in which a mark at the beginning is safe from msgpackr. */
const MAX_SAFE_TEXT = 64;

/**
 * Where the value ends that begins at `start`. It allocates nothing by what the bytes declare and does not recurse, so
 * that no bomb gets beyond it: whoever reads the value afterwards need not look at bounds again, finds no extensions, and
 * no text that is not UTF-8.
 *
 * @param maxDepth how many arrays and maps may lie within each other.
 * @param marked is given the offsets of all long texts that begin with a U+FEFF.
 * @throws ProtocolViolationError for bytes up to `end` that are no MessagePack, or declare more values or bytes than
 *   there are, or nest deeper.
 */
export function endOfValue(bytes: Buffer, start: number, end: number, maxDepth: number, marked: number[] = []): number {
  /** How many values each open array and map still lacks, the outermost first. */
  const open: number[] = [];
  /** How many values are still to come in all of them. Each takes a byte at least. */
  let due = 1;
  let offset = start;
  do {
    if (due > end - offset) throw cutOff();
    const at = offset++;
    const tag = bytes[at]!;
    due--;
    let children = 0;
    let length = 0;
    if (tag < 0x80 || tag >= 0xe0) {
      // A small integer.
    } else if (tag < 0x90) {
      children = (tag & 0x0f) * 2;
    } else if (tag < 0xa0) {
      children = tag & 0x0f;
    } else if (tag < 0xc0) {
      length = tag & 0x1f;
    } else {
      const form = FORMS[tag - 0xc0]!;
      if (typeof form === 'string') throw violation(form);
      if (form.width > end - offset) throw cutOff();
      const size = form.width === 0 ? form.fixed : bytes.readUIntBE(offset, form.width);
      offset += form.width;
      if (form.values > 0) children = size * form.values;
      else length = size;
    }
    if (length > end - offset) throw cutOff();
    if (isTextTag(tag)) {
      if (!isText(bytes, offset, offset + length)) throw violation('a text that is not UTF-8');
      if (length > MAX_SAFE_TEXT && isMarked(bytes, offset)) marked.push(at);
    }
    offset += length;
    if (isContainerTag(tag) && open.length >= maxDepth) throw violation(`a message that nests deeper than ${maxDepth}`);
    if (children > 0) {
      due += children;
      open.push(children);
    } else {
      while (open.length > 0 && --open[open.length - 1]! === 0) open.pop();
    }
  } while (open.length > 0);
  return offset;
}

const isTextTag = (tag: number): boolean => (tag >= 0xa0 && tag < 0xc0) || (tag >= 0xd9 && tag < 0xdc);
const isContainerTag = (tag: number): boolean => (tag >= 0x80 && tag < 0xa0) || (tag >= 0xdc && tag < 0xe0);

function cutOff(): ProtocolViolationError {
  return violation('a message that declares more than it has');
}

function violation(what: string): ProtocolViolationError {
  return new ProtocolViolationError(`The peer sent ${what}`);
}
