/**
 * The stable codes of every error this transport raises. A code never changes its meaning and is what travels on the
 * wire; the texts beside it may change. `docs/errors.md` says for each when it is raised and what to do.
 */
export const ErrorCode = {
  NO_HANDLER: 'NO_HANDLER',
  CANCELLED: 'CANCELLED',
  DEADLINE_EXCEEDED: 'DEADLINE_EXCEEDED',
  CONNECTION_LOST: 'CONNECTION_LOST',
  CONNECT_FAILED: 'CONNECT_FAILED',
  UNAVAILABLE: 'UNAVAILABLE',
  RESOURCE_EXHAUSTED: 'RESOURCE_EXHAUSTED',
  MESSAGE_TOO_LARGE: 'MESSAGE_TOO_LARGE',
  NOT_SERIALIZABLE: 'NOT_SERIALIZABLE',
  UNREADABLE_PAYLOAD: 'UNREADABLE_PAYLOAD',
  INVALID_REQUEST: 'INVALID_REQUEST',
  PROTOCOL_VIOLATION: 'PROTOCOL_VIOLATION',
  UNAUTHENTICATED: 'UNAUTHENTICATED',
  INVALID_OPTION: 'INVALID_OPTION',
  INVALID_CONTRACT: 'INVALID_CONTRACT',
} as const;

export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];
