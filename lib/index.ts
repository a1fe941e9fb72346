// Server
export { ServerProtosocket } from './nest/server-protosocket.js';
export type { ProtosocketServerOptions } from './nest/options.js';
export type { FirstMessageOptions } from './nest/first-message.js';
export { ProtosocketContext } from './nest/protosocket-context.js';
export type { ProtosocketConnection } from './nest/protosocket-connection.js';
export { PROTOSOCKET } from './nest/constants.js';
export type { KeyedOrder, ReplyOrder } from './rpc/index.js';

// Client
export { ClientProtosocket } from './nest/client-protosocket.js';
export type { ProtosocketClientOptions } from './nest/options.js';
export type { BackoffOptions, RetryOptions } from './session/index.js';
export type { FirstMessageSender, NewConnection } from './nest/first-message.js';
export { ProtosocketRecord, ProtosocketRecordBuilder } from './nest/protosocket-record.js';

// Both
export type { ProtosocketOptions } from './nest/options.js';
export type { KeepaliveOptions } from './session/index.js';
export { ProtosocketStatus } from './nest/constants.js';
export { type ProtosocketClientEventsMap, ProtosocketEvents, type ProtosocketServerEventsMap } from './nest/events.js';
export type { ProtosocketStats } from './nest/protosocket-stats.js';
export type { Address, Network } from './session/index.js';
export { WholeResponse } from './contract/index.js';
export type { Calls, Codec, Contract, Decoder, Encoder, Message, Metadata } from './contract/index.js';
export { ControlCode, measureLengthDelimited, NO_FRAME, UNKNOWN_LENGTH } from './wire/index.js';
export type { FrameSink, MeasureFrame, MessageId } from './wire/index.js';

// Errors
export {
  CancelledError,
  ConnectFailedError,
  ConnectionLostError,
  DeadlineExceededError,
  ErrorCode,
  HANDLER_FAILED,
  InvalidContractError,
  InvalidOptionError,
  InvalidRequestError,
  MessageTooLargeError,
  NoHandlerError,
  NotSerializableError,
  ProtocolViolationError,
  ProtosocketError,
  ResourceExhaustedError,
  UnauthenticatedError,
  UnavailableError,
  UnreadablePayloadError,
} from './errors/index.js';
export type { Status } from './errors/index.js';
