export { ErrorCode } from './error-code.js';
export * from './protosocket-error.js';
export { errorOf, HANDLER_FAILED, statusOf, type Status } from './status.js';
export { textOf } from './text-of.js';
