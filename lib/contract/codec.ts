import type { FrameSink, MeasureFrame, MessageId } from '../wire/index.js';
import type { Message } from './message.js';

/** What a decoder of replies may ask about the calls of its connection. */
export interface Calls {
  /** The route of a call in flight: what its reply looks like may depend on it. */
  routeOf(id: MessageId): string | undefined;
}

/** Bytes to messages. */
export interface Decoder {
  /** How frames are told apart. */
  readonly measure: MeasureFrame;

  /**
   * Reads the frame that lies in `bytes` from `start` to `end`, prefix included. Bytes in the message's body may be a
   * view of `bytes`. A request has a `route`; for one that cannot be read, `unreadable` fails just its call.
   *
   * @throws ProtocolViolationError when it is no message of the contract; the connection is closed.
   */
  decode(bytes: Buffer, start: number, end: number, calls: Calls): Message;
}

/** Messages to bytes. */
export interface Encoder {
  /**
   * Writes `message` as one or more frames; or as none, where the contract has no such message: a Cancel may go unsaid,
   * while a request for which there are no bytes fails.
   *
   * @throws NotSerializableError when the body cannot be put into bytes; only its call fails. Whatever else is thrown
   *   becomes one. To be thrown before a frame is committed: half a message closes the connection.
   * @throws MessageTooLargeError from {@link FrameSink.reserve}.
   */
  encode(message: Message, out: FrameSink): void;
}

/** How the messages of one direction look as bytes. It holds no state of a connection, so one serves them all. */
export interface Codec extends Decoder, Encoder {}
