import type { Deserializer, Serializer } from '@nestjs/microservices';
import type { ConnectionOptions as TlsConnectOptions, TlsOptions } from 'node:tls';

import { type ConnectionLimits, defaultConnectionLimits } from '../connection/index.js';
import { builtInContract, type Contract, DEFAULT_MAX_PAYLOAD_DEPTH, jsonPayload } from '../contract/index.js';
import { type CallLimits, defaultCallLimits, type ReplyOrder } from '../rpc/index.js';
import {
  type Address,
  type BackoffOptions,
  defaultBackoff,
  defaultKeepalive,
  defaultListenerLimits,
  defaultRetry,
  type KeepaliveOptions,
  type ListenerLimits,
  type Network,
  type RetryOptions,
} from '../session/index.js';
import {
  atLeast,
  checkConnections,
  checkContract,
  checkFirstMessage,
  checkFirstMessageSender,
  checkFlag,
  checkReplyOrder,
  checkReusePort,
  checkTimeout,
  given,
  limitsOf,
  numbersOf,
} from './check-options.js';
import type { FirstMessageOptions, FirstMessageSender } from './first-message.js';
import type { ProtosocketClientOptions, ProtosocketOptions, ProtosocketServerOptions } from './options.js';

const DEFAULT_HOST = 'localhost';
const DEFAULT_PORT = 3000;
const DEFAULT_STREAM_BUFFER_SIZE = 1024 * 1024;
const DEFAULT_GRACE_PERIOD = 10_000;
const DEFAULT_CONNECT_TIMEOUT = 10_000;
const DEFAULT_FIRST_MESSAGE_TIMEOUT = 10_000;
const DEFAULT_CONNECTIONS = 1;

interface Resolved {
  readonly contract: Contract;
  readonly network: Network | undefined;
  readonly serializer: Serializer | undefined;
  readonly deserializer: Deserializer | undefined;
  readonly address: Address;
  readonly limits: ConnectionLimits;
  readonly streamLimit: number;
  readonly gracePeriod: number;
  readonly keepalive: KeepaliveOptions | undefined;
}

export interface ResolvedServerOptions extends Resolved {
  readonly limits: ConnectionLimits & CallLimits & ListenerLimits;
  readonly maxConnectionAge: number;
  readonly tlsOptions: TlsOptions | undefined;
  readonly reusePort: boolean;
  readonly replyOrder: ReplyOrder;
  readonly firstMessage: Required<FirstMessageOptions> | undefined;
}

export interface ResolvedClientOptions extends Resolved {
  readonly tlsOptions: TlsConnectOptions | undefined;
  readonly connections: number;
  readonly timeout: number | undefined;
  readonly connectTimeout: number;
  readonly waitForReady: boolean;
  readonly reconnect: BackoffOptions;
  readonly retry: RetryOptions | undefined;
  readonly acknowledgeEvents: boolean;
  readonly firstMessage: FirstMessageSender | undefined;
}

/** @throws InvalidOptionError */
export function resolveServerOptions(options: ProtosocketServerOptions): ResolvedServerOptions {
  const { replyOrder = 'concurrent', reusePort = false } = options;
  const resolved = resolve(options);
  return {
    ...resolved,
    limits: { ...limitsOf({ ...defaultCallLimits, ...defaultListenerLimits }, options), ...resolved.limits },
    tlsOptions: given(options.tlsOptions),
    reusePort: checkReusePort(reusePort, resolved.address),
    replyOrder: checkReplyOrder(replyOrder),
    firstMessage: options.firstMessage === undefined ? undefined : resolveFirstMessage(options.firstMessage),
    maxConnectionAge: atLeast(0, 'maxConnectionAge', options.maxConnectionAge ?? 0),
  };
}

/** @throws InvalidOptionError */
function resolveFirstMessage(value: FirstMessageOptions): Required<FirstMessageOptions> {
  const options = checkFirstMessage(value);
  return {
    pattern: options.pattern,
    accept: (data, context) => options.accept(data, context),
    timeout: atLeast(0, 'firstMessage.timeout', options.timeout ?? DEFAULT_FIRST_MESSAGE_TIMEOUT),
  };
}

/** @throws InvalidOptionError */
export function resolveClientOptions(options: ProtosocketClientOptions): ResolvedClientOptions {
  const { acknowledgeEvents = true, firstMessage, retry, waitForReady = false } = options;
  return {
    ...resolve(options),
    tlsOptions: given(options.tlsOptions),
    connections: checkConnections(options.connections ?? DEFAULT_CONNECTIONS),
    timeout: checkTimeout(options.timeout),
    connectTimeout: atLeast(0, 'connectTimeout', options.connectTimeout ?? DEFAULT_CONNECT_TIMEOUT),
    waitForReady: checkFlag('waitForReady', waitForReady),
    reconnect: numbersOf(1, 'reconnect', options.reconnect, defaultBackoff),
    retry: retry === false ? undefined : numbersOf(0, 'retry', retry, defaultRetry),
    acknowledgeEvents: checkFlag('acknowledgeEvents', acknowledgeEvents),
    firstMessage: firstMessage === undefined ? undefined : checkFirstMessageSender(firstMessage),
  };
}

function resolve(options: ProtosocketOptions): Resolved {
  const { host = DEFAULT_HOST, keepalive, port = DEFAULT_PORT } = options;
  const path = given(options.path);
  const limits = limitsOf(defaultConnectionLimits, options);
  const maxDepth = atLeast(0, 'maxPayloadDepth', options.maxPayloadDepth ?? DEFAULT_MAX_PAYLOAD_DEPTH);
  return {
    network: options.network,
    serializer: given(options.serializer),
    deserializer: given(options.deserializer),
    contract: options.contract === undefined ? builtInContract(jsonPayload(maxDepth)) : checkContract(options.contract),
    address: path === undefined ? { host, port: atLeast(0, 'port', port) } : { path },
    // Here 0 would mean nothing but that no message fits.
    limits: { ...limits, maxBufferSize: atLeast(1, 'maxBufferSize', limits.maxBufferSize) },
    streamLimit: atLeast(0, 'streamBufferSize', options.streamBufferSize ?? DEFAULT_STREAM_BUFFER_SIZE),
    gracePeriod: atLeast(0, 'gracePeriod', options.gracePeriod ?? DEFAULT_GRACE_PERIOD),
    keepalive: keepalive === false ? undefined : numbersOf(1, 'keepalive', keepalive, defaultKeepalive),
  };
}
