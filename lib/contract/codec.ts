import type { FrameSink, MeasureFrame } from '../wire/index.js';
import type { Message } from './message.js';

/**
 * How messages look as bytes: the one thing that a contract has to say. A codec holds no state of a connection, so one
 * serves them all.
 */
export interface Codec {
  /** How frames are told apart. */
  readonly measure: MeasureFrame;

  /**
   * Reads the frame that lies in `bytes` from `start` to `end`, prefix included. Bytes in the message's body may be a
   * view of `bytes`.
   *
   * @throws ProtocolViolationError when it is no message of the contract; the connection is closed.
   */
  decode(bytes: Buffer, start: number, end: number): Message;

  /**
   * Writes `message` as one or more frames.
   *
   * @throws NotSerializableError when the body cannot be put into bytes; only its call fails.
   * @throws MessageTooLargeError from {@link FrameSink.reserve}.
   */
  encode(message: Message, out: FrameSink): void;
}
