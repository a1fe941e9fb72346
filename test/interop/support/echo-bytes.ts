import { EchoRequest } from '../../support/echo-messagepack.js';
import { formatOf, frameOf } from '../../support/messagepack.js';
import { bodiesOf, request } from './echo-frames.js';
import type { Wire } from './rust.js';

/** The request of a call with the id 1, as any wire has it. */
export function echoRequest({ format }: Wire, route: 'Unary' | 'Stream', message: string): Buffer {
  if (format === 'protobuf') return request({ id: 1, message, stream: route === 'Stream' });
  const body = { message, nanotime: 0 };
  return frameOf(formatOf(EchoRequest), { request_id: 1, code: 0, body, response_behavior: route });
}

/** How many frames are whole at the beginning of `bytes`. */
export function wholeFrames({ format }: Wire, bytes: Buffer): number {
  if (format === 'protobuf') return bodiesOf(bytes).length;
  let frames = 0;
  for (let end = 0; end + PREFIX <= bytes.length; frames++) {
    end += PREFIX + bytes.readUInt32BE(end + 1);
    if (end > bytes.length) break;
  }
  return frames;
}

/** 0xCE, and the length as a u32. */
const PREFIX = 5;
