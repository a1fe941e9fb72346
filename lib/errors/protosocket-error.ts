import { ErrorCode } from './error-code.js';

/**
 * What every error of this transport has in common: a stable `code`, and the error that led to it as `cause`.
 *
 * What a *handler* throws is not among them: it arrives at the client as Nest's conventions have it, the plain object
 * of the `RpcException`.
 */
export abstract class ProtosocketError extends Error {
  abstract readonly code: ErrorCode;

  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
  }
}

/** The server has no handler for the pattern. */
export class NoHandlerError extends ProtosocketError {
  readonly code = ErrorCode.NO_HANDLER;
}

/** The call was cancelled: by an aborted signal here, or by the peer. */
export class CancelledError extends ProtosocketError {
  readonly code = ErrorCode.CANCELLED;
}

/** The call's timeout ran out before its last reply. */
export class DeadlineExceededError extends ProtosocketError {
  readonly code = ErrorCode.DEADLINE_EXCEEDED;
}

/**
 * The connection was lost while the call was in flight: whether the handler ran is not known. `cause` is what closed
 * the connection, where that is known.
 */
export class ConnectionLostError extends ProtosocketError {
  readonly code = ErrorCode.CONNECTION_LOST;
}

/** No connection could be made, so nothing was sent and a retry is safe. `cause` is the error of the socket, or what `firstMessage` failed with. */
export class ConnectFailedError extends ProtosocketError {
  readonly code = ErrorCode.CONNECT_FAILED;
}

/** The peer is closing and took the call no more: the handler did not run and a retry is safe. */
export class UnavailableError extends ProtosocketError {
  readonly code = ErrorCode.UNAVAILABLE;
}

/** A limit was reached, such as the bytes that a stream may have waiting for a slow peer. */
export class ResourceExhaustedError extends ProtosocketError {
  readonly code: ErrorCode = ErrorCode.RESOURCE_EXHAUSTED;
}

/** A message is larger than `maxBufferSize`. It was not sent; the connection and its other calls live on. */
export class MessageTooLargeError extends ResourceExhaustedError {
  override readonly code = ErrorCode.MESSAGE_TOO_LARGE;
}

/** A value cannot be put into bytes, for example a `bigint` or a circular object as JSON. */
export class NotSerializableError extends ProtosocketError {
  readonly code = ErrorCode.NOT_SERIALIZABLE;
}

/** A payload arrived whole but could not be read, for example as JSON. Only its own call fails. */
export class UnreadablePayloadError extends ProtosocketError {
  readonly code = ErrorCode.UNREADABLE_PAYLOAD;
}

/** A request that makes no sense, such as one without a pattern. */
export class InvalidRequestError extends ProtosocketError {
  readonly code = ErrorCode.INVALID_REQUEST;
}

/** The peer sent bytes that are no message of the contract; its connection is closed. */
export class ProtocolViolationError extends ProtosocketError {
  readonly code = ErrorCode.PROTOCOL_VIOLATION;
}

/** An option of the server or the client has a value it cannot have. */
export class InvalidOptionError extends ProtosocketError {
  readonly code = ErrorCode.INVALID_OPTION;
}

/** The connection has not said who it is, as the server asks of it, or was refused. The handler did not run. */
export class UnauthenticatedError extends ProtosocketError {
  readonly code = ErrorCode.UNAUTHENTICATED;
}

/** A contract does not fit what it is made of, or the handlers of the server. */
export class InvalidContractError extends ProtosocketError {
  readonly code = ErrorCode.INVALID_CONTRACT;
}
