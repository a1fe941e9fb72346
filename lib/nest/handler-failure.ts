import { RpcException } from '@nestjs/microservices';

import { HANDLER_FAILED, ProtosocketError, type Status, statusOf, UnavailableError } from '../errors/index.js';
import { messageOf, UNKNOWN_ERROR_MESSAGE } from './message-of.js';

/** What Nest says of an error that it does not know. */
const UNKNOWN_ERROR = { status: 'error', message: UNKNOWN_ERROR_MESSAGE };

/**
 * What Nest's exception filters answered with, as it would arrive over Nest's own transports. An `Error` that a filter
 * chose to answer with keeps its message and its own fields; its stack stays here.
 */
export function failureOfFilter(error: unknown): unknown {
  if (error instanceof RpcException) return failureOfException(error);
  if (error instanceof ProtosocketError || !(error instanceof Error)) return error;
  const { stack: _stack, cause: _cause, ...fields } = error as Error & Record<string, unknown>;
  return { ...fields, message: error.message };
}

/** What was thrown past Nest's exception filters: nobody has looked at it, so it is not told. */
export function failureOfThrow(error: unknown): unknown {
  if (error instanceof RpcException) return failureOfException(error);
  return error instanceof ProtosocketError ? error : UNKNOWN_ERROR;
}

/** Puts a failure on the wire: the code of a transport's error, or the object that the handler threw as it is. */
export function statusOfFailure(failure: unknown): Status {
  // That one says that the handler has not begun, so its caller would be free to send the call again.
  if (failure instanceof UnavailableError)
    return statusOfFailure({ status: 'error', code: failure.code, message: failure.message });
  if (failure instanceof ProtosocketError) return statusOf(failure);
  return { code: HANDLER_FAILED, message: messageOf(failure), details: failure };
}

function failureOfException(exception: RpcException): unknown {
  const error = exception.getError();
  return typeof error === 'object' ? error : { status: 'error', message: error };
}
