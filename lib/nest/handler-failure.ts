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
  if (error instanceof ProtosocketError) return failureElsewhere(error);
  if (!(error instanceof Error)) return error;
  const { stack: _stack, cause: _cause, ...fields } = error as Error & Record<string, unknown>;
  return { ...fields, message: error.message };
}

/**
 * What was thrown past Nest's exception filters: nobody has looked at it, so it is not told. An error of this transport is
 * one of the call itself, such as one that could not be read.
 */
export function failureOfThrow(error: unknown): unknown {
  if (error instanceof RpcException) return failureOfException(error);
  // Who has come as far as this has begun.
  if (error instanceof UnavailableError) return failureElsewhere(error);
  return error instanceof ProtosocketError ? error : UNKNOWN_ERROR;
}

/** Puts a failure on the wire: the code of a transport's error, or the object that the handler threw as it is. */
export function statusOfFailure(failure: unknown): Status {
  if (failure instanceof ProtosocketError) return statusOf(failure);
  return { code: HANDLER_FAILED, message: messageOf(failure), details: failure };
}

/**
 * What a handler says of a call of its own that failed. As it is, its caller would take it for what became of this call:
 * that no handler has begun, say, so that it is safe to be sent again.
 */
function failureElsewhere({ code, message }: ProtosocketError): unknown {
  return { status: 'error', code, message };
}

function failureOfException(exception: RpcException): unknown {
  const error = exception.getError();
  if (error instanceof ProtosocketError) return failureElsewhere(error);
  return typeof error === 'object' ? error : { status: 'error', message: error };
}
