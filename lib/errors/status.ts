import { ErrorCode } from './error-code.js';
import {
  CancelledError,
  ConnectionLostError,
  DeadlineExceededError,
  InvalidRequestError,
  MessageTooLargeError,
  NoHandlerError,
  NotSerializableError,
  type ProtosocketError,
  ResourceExhaustedError,
  UnauthenticatedError,
  UnavailableError,
  UnreadablePayloadError,
} from './protosocket-error.js';

/** A failure as it travels: in place of a body, and always the last message of its call in that direction. */
export interface Status {
  /** An {@link ErrorCode} for a failure of the transport, {@link HANDLER_FAILED} for one of the handler. */
  readonly code: string;
  readonly message: string;
  /** What the handler threw, for {@link HANDLER_FAILED}: any value that the payload serializer can carry. */
  readonly details?: unknown;
}

/** The code of a status that carries what a handler threw. */
export const HANDLER_FAILED = 'HANDLER_FAILED';

const errorOfCode: Record<string, new (message: string) => ProtosocketError> = {
  [ErrorCode.NO_HANDLER]: NoHandlerError,
  [ErrorCode.CANCELLED]: CancelledError,
  [ErrorCode.DEADLINE_EXCEEDED]: DeadlineExceededError,
  [ErrorCode.CONNECTION_LOST]: ConnectionLostError,
  [ErrorCode.UNAVAILABLE]: UnavailableError,
  [ErrorCode.RESOURCE_EXHAUSTED]: ResourceExhaustedError,
  [ErrorCode.MESSAGE_TOO_LARGE]: MessageTooLargeError,
  [ErrorCode.NOT_SERIALIZABLE]: NotSerializableError,
  [ErrorCode.UNREADABLE_PAYLOAD]: UnreadablePayloadError,
  [ErrorCode.INVALID_REQUEST]: InvalidRequestError,
  [ErrorCode.UNAUTHENTICATED]: UnauthenticatedError,
};

/** The status that tells a peer of `error`. */
export function statusOf(error: ProtosocketError): Status {
  return { code: error.code, message: error.message };
}

/**
 * What the caller of a failed call gets: the class of the transport's error, or exactly what the handler threw. A code
 * that this version does not know, from a newer peer, stays readable as `{ status: 'error', code, message, details }`.
 */
export function errorOf(status: Status): unknown {
  if (status.code === HANDLER_FAILED) {
    return status.details ?? { status: 'error', message: status.message };
  }
  const known = Object.hasOwn(errorOfCode, status.code) ? errorOfCode[status.code] : undefined;
  return known ? new known(status.message) : { status: 'error', ...status };
}
