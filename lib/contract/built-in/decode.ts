import {
  type ProtosocketError,
  ProtocolViolationError,
  type Status,
  UnreadablePayloadError,
} from '../../errors/index.js';
import { ControlCode, controlCodeOf, type MessageId, VarintReader } from '../../wire/index.js';
import { CONNECTION_ID } from '../connection-messages.js';
import type { Message, Metadata } from '../message.js';
import type { PayloadSerializer } from '../payload-serializer.js';
import { EntryTag, StatusTag, Tag } from './fields.js';
import { KnownTexts } from '../known-texts.js';

/** One reader serves every message: decoding never awaits, and never nests beyond what is saved by its callers. */
const reader = new VarintReader();
const patterns = new KnownTexts();

/** Reads an envelope; see `proto/protosocket.proto`. Fields that it does not know are skipped, as protobuf has it. */
export function decodeEnvelope(payloads: PayloadSerializer, bytes: Buffer, start: number, end: number): Message {
  let id: MessageId = 0;
  let code: ControlCode = ControlCode.Normal;
  let route: string | undefined;
  let body: unknown;
  let more: boolean | undefined;
  let event: boolean | undefined;
  let timeout: number | undefined;
  let metadata: Metadata | undefined;
  let status: Status | undefined;
  let packet: boolean | undefined;
  let unreadable: ProtosocketError | undefined;

  reader.offset = start;
  reader.failed = false;
  reader.length(bytes, end);
  while (reader.offset < end && !reader.failed) {
    const tag = reader.uint32(bytes, end);
    switch (tag) {
      case Tag.id:
        id = reader.uint64(bytes, end);
        break;
      case Tag.code:
        code = controlCodeOf(reader.uint32(bytes, end));
        break;
      case Tag.pattern:
        route = readPattern(bytes, end);
        break;
      case Tag.payload: {
        const length = lengthWithin(bytes, end);
        const start = reader.offset;
        reader.offset += length;
        try {
          body = payloads.deserialize(bytes, start, start + length);
        } catch (error) {
          unreadable = unreadableOf(error);
        }
        break;
      }
      case Tag.raw: {
        const length = lengthWithin(bytes, end);
        body = bytes.subarray(reader.offset, reader.offset + length);
        reader.offset += length;
        break;
      }
      case Tag.more:
        more = reader.uint32(bytes, end) !== 0;
        break;
      case Tag.event:
        event = reader.uint32(bytes, end) !== 0;
        break;
      case Tag.timeout:
        timeout = reader.uint32(bytes, end);
        break;
      case Tag.metadata: {
        const length = lengthWithin(bytes, end);
        metadata = decodeEntry(metadata, bytes, reader.offset + length);
        break;
      }
      case Tag.status: {
        const length = lengthWithin(bytes, end);
        status = decodeStatus(payloads, bytes, reader.offset + length);
        break;
      }
      case Tag.packet:
        packet = reader.uint32(bytes, end) !== 0;
        break;
      default:
        skip(tag, bytes, end);
    }
  }
  if (reader.failed || reader.offset !== end) throw malformed();
  const silent = id === CONNECTION_ID || undefined;
  return { id, code, route, body, more, event, silent, timeout, metadata, status, packet, unreadable };
}

function decodeEntry(metadata: Metadata | undefined, bytes: Buffer, end: number): Metadata {
  let key = '';
  let value = '';
  while (reader.offset < end && !reader.failed) {
    const tag = reader.uint32(bytes, end);
    if (tag === EntryTag.key) key = readString(bytes, end);
    else if (tag === EntryTag.value) value = readString(bytes, end);
    else skip(tag, bytes, end);
  }
  // Defined, not assigned: a key such as `__proto__` is a key like any other.
  return Object.defineProperty(metadata ?? {}, key, { value, enumerable: true, configurable: true, writable: true });
}

function decodeStatus(payloads: PayloadSerializer, bytes: Buffer, end: number): Status {
  let code = '';
  let message = '';
  let details: unknown;
  while (reader.offset < end && !reader.failed) {
    const tag = reader.uint32(bytes, end);
    if (tag === StatusTag.code) code = readString(bytes, end);
    else if (tag === StatusTag.message) message = readString(bytes, end);
    else if (tag === StatusTag.details) details = readDetails(payloads, bytes, end);
    else skip(tag, bytes, end);
  }
  return { code, message, details };
}

/** Details that cannot be read are left out: a failure of the failure would hide its code and its message. */
function readDetails(payloads: PayloadSerializer, bytes: Buffer, end: number): unknown {
  const length = lengthWithin(bytes, end);
  const start = reader.offset;
  reader.offset += length;
  try {
    return payloads.deserialize(bytes, start, start + length);
  } catch {
    return undefined;
  }
}

function readPattern(bytes: Buffer, end: number): string {
  const length = lengthWithin(bytes, end);
  const start = reader.offset;
  reader.offset += length;
  return patterns.read(bytes, start, start + length);
}

function readString(bytes: Buffer, end: number): string {
  const length = lengthWithin(bytes, end);
  const start = reader.offset;
  reader.offset += length;
  return bytes.toString('utf8', start, start + length);
}

/** The length of a field that must end by `end`. */
function lengthWithin(bytes: Buffer, end: number): number {
  const length = reader.length(bytes, end);
  if (reader.failed || length > end - reader.offset) throw malformed();
  return length;
}

function skip(tag: number, bytes: Buffer, end: number): void {
  switch (tag & 7) {
    case 0:
      reader.length(bytes, end);
      return;
    case 1:
      reader.offset += 8;
      break;
    case 2: {
      const length = lengthWithin(bytes, end);
      reader.offset += length;
      return;
    }
    case 5:
      reader.offset += 4;
      break;
    default:
      throw malformed();
  }
  if (reader.offset > end) throw malformed();
}

function malformed(): ProtocolViolationError {
  return new ProtocolViolationError('The peer sent a frame that is no message of the built-in contract');
}

function unreadableOf(error: unknown): ProtosocketError {
  return error instanceof UnreadablePayloadError
    ? error
    : new UnreadablePayloadError('The payload could not be read', error);
}
