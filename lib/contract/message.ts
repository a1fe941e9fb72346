import type { ProtosocketError, Status } from '../errors/index.js';
import type { ControlCode, MessageId } from '../wire/index.js';

/** Key-values beside a payload. Travels with the first message of a call, and with the first message of its reply. */
export type Metadata = Record<string, string>;

/**
 * One message, decoded: what every contract turns its bytes into and out of. All fields but `id` and `code` may be
 * absent; a contract that has no place for one leaves it out.
 */
export interface Message {
  readonly id: MessageId;
  readonly code: ControlCode;
  /**
   * The pattern of the handler. Of a request, on its first message only. Encoders of replies get the pattern of the call
   * that is answered, in case its replies have a form of their own.
   */
  readonly route?: string | undefined;
  /** The payload, already a value. `undefined` is no payload. A `Uint8Array` travels as bytes. */
  readonly body?: unknown;
  /** More messages of this call follow in this direction. Unset on a reply: the call is complete after it. */
  readonly more?: boolean | undefined;
  /** A one-way message: the only reply is its acknowledgement. */
  readonly event?: boolean | undefined;
  /** Nobody waits for an answer, not even for the acknowledgement of an event. */
  readonly silent?: boolean | undefined;
  /** How long the caller still waits, in milliseconds. */
  readonly timeout?: number | undefined;
  readonly metadata?: Metadata | undefined;
  /** A failure, in place of a body. The last message of the call in this direction. */
  readonly status?: Status | undefined;
  /** The body is not a payload but a whole Nest packet that a custom serializer made. */
  readonly packet?: boolean | undefined;
  /** Set by a decoder that could read all but the body: the call fails with it, and the connection lives. */
  readonly unreadable?: ProtosocketError | undefined;
}

/**
 * Whether a reply has nothing of the application's in it: an acknowledgement, or a failure in our own words. It is small,
 * and a call has one of them, so it may be sent where nothing else may.
 */
export function isBare({ body, more, status }: Message): boolean {
  return body === undefined && !more && status?.details === undefined;
}
