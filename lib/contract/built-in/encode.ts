import type { Status } from '../../errors/index.js';
import { ControlCode, type FrameSink, varintLength, writeVarint } from '../../wire/index.js';
import { CONNECTION_ID } from '../connection-messages.js';
import type { Message, Metadata } from '../message.js';
import type { PayloadSerializer } from '../payload-serializer.js';
import { EntryTag, StatusTag, Tag } from './fields.js';

/**
 * Writes an envelope; see `proto/protosocket.proto`. Its length is summed up first, so that the prefix is written where
 * it belongs and no byte is moved twice. Everything that may throw comes before the first byte is written.
 */
export function encodeEnvelope(
  payloads: PayloadSerializer,
  route: string | undefined,
  message: Message,
  out: FrameSink,
): void {
  const { code, body, timeout, metadata, status } = message;
  const id = message.silent ? CONNECTION_ID : message.id;
  const pattern = route === undefined ? undefined : patternField(route);
  const isRaw = body instanceof Uint8Array;
  // Before the payload, whose bytes hold only until the serializer is called again.
  const failure = status && encodeStatus(payloads, status);
  const metadataBytes = metadata ? metadataLength(metadata) : 0;
  const payload = body === undefined || isRaw ? body : payloads.serialize(body);
  const payloadLength = payload === undefined ? 0 : lengthOf(payload);

  let length = 0;
  if (id !== 0) length += 1 + varintLength(id);
  if (code !== ControlCode.Normal) length += 2;
  if (pattern) length += pattern.length;
  if (payload !== undefined) length += fieldLength(payloadLength);
  if (message.more) length += 2;
  if (message.event) length += 2;
  if (timeout !== undefined) length += 1 + varintLength(timeout);
  length += metadataBytes;
  if (failure) length += fieldLength(failure.length);
  if (message.packet) length += 2;

  let offset = out.reserve(varintLength(length) + length);
  const { bytes } = out;
  offset = writeVarint(bytes, offset, length);
  if (id !== 0) {
    bytes[offset++] = Tag.id;
    offset = writeVarint(bytes, offset, id);
  }
  if (code !== ControlCode.Normal) {
    bytes[offset++] = Tag.code;
    bytes[offset++] = code;
  }
  if (pattern) {
    bytes.set(pattern, offset);
    offset += pattern.length;
  }
  if (payload !== undefined) {
    offset = writeField(bytes, offset, isRaw ? Tag.raw : Tag.payload, payload, payloadLength);
  }
  if (message.more) offset = writeFlag(bytes, offset, Tag.more);
  if (message.event) offset = writeFlag(bytes, offset, Tag.event);
  if (timeout !== undefined) {
    bytes[offset++] = Tag.timeout;
    offset = writeVarint(bytes, offset, timeout);
  }
  if (metadata) offset = writeMetadata(bytes, offset, metadata);
  if (failure) offset = writeField(bytes, offset, Tag.status, failure, failure.length);
  if (message.packet) offset = writeFlag(bytes, offset, Tag.packet);
  out.commit(offset);
}

/** Beyond this many patterns an app is making them up as it goes, and a cache would only hold memory. */
const MAX_CACHED_PATTERNS = 1_024;
const patternFields = new Map<string, Uint8Array>();

/** An app calls few patterns very often: each is put into bytes once. */
function patternField(route: string): Uint8Array {
  let field = patternFields.get(route);
  if (field === undefined) {
    const length = Buffer.byteLength(route);
    const bytes = Buffer.allocUnsafeSlow(fieldLength(length));
    writeField(bytes, 0, Tag.pattern, route, length);
    field = bytes;
    if (patternFields.size >= MAX_CACHED_PATTERNS) patternFields.clear();
    patternFields.set(route, field);
  }
  return field;
}

function encodeStatus(payloads: PayloadSerializer, status: Status): Uint8Array {
  const parts: [tag: number, value: string | Uint8Array][] = [
    [StatusTag.code, status.code],
    [StatusTag.message, status.message],
  ];
  if (status.details !== undefined) parts.push([StatusTag.details, payloads.serialize(status.details)]);
  const bytes = Buffer.allocUnsafe(parts.reduce((sum, [, value]) => sum + fieldLength(lengthOf(value)), 0));
  let offset = 0;
  for (const [tag, value] of parts) offset = writeField(bytes, offset, tag, value, lengthOf(value));
  return bytes;
}

function metadataLength(metadata: Metadata): number {
  let length = 0;
  for (const [key, value] of Object.entries(metadata)) length += fieldLength(entryLength(key, value));
  return length;
}

function writeMetadata(bytes: Buffer, offset: number, metadata: Metadata): number {
  for (const [key, value] of Object.entries(metadata)) {
    bytes[offset++] = Tag.metadata;
    offset = writeVarint(bytes, offset, entryLength(key, value));
    offset = writeField(bytes, offset, EntryTag.key, key, Buffer.byteLength(key));
    offset = writeField(bytes, offset, EntryTag.value, value, Buffer.byteLength(value));
  }
  return offset;
}

const entryLength = (key: string, value: string): number =>
  fieldLength(Buffer.byteLength(key)) + fieldLength(Buffer.byteLength(value));

const lengthOf = (value: string | Uint8Array): number =>
  typeof value === 'string' ? Buffer.byteLength(value) : value.length;

/** A field of bytes with its tag, which is one byte for all fields up to the 15th, and its length. */
const fieldLength = (length: number): number => 1 + varintLength(length) + length;

function writeField(bytes: Buffer, offset: number, tag: number, value: string | Uint8Array, length: number): number {
  bytes[offset++] = tag;
  offset = writeVarint(bytes, offset, length);
  if (typeof value !== 'string') bytes.set(value, offset);
  // As many bytes as characters: all is ASCII, for which Node has a faster way.
  else bytes.write(value, offset, length, length === value.length ? 'latin1' : 'utf8');
  return offset + length;
}

function writeFlag(bytes: Buffer, offset: number, tag: number): number {
  bytes[offset++] = tag;
  bytes[offset++] = 1;
  return offset;
}
