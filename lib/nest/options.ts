import type { Deserializer, Serializer } from '@nestjs/microservices';
import type { ConnectionOptions as TlsConnectOptions, TlsOptions } from 'node:tls';

import type { ConnectionLimits } from '../connection/index.js';
import type { Contract } from '../contract/index.js';
import type { CallLimits, ReplyOrder } from '../rpc/index.js';
import type { BackoffOptions, KeepaliveOptions, ListenerLimits, Network, RetryOptions } from '../session/index.js';
import type { FirstMessageOptions, FirstMessageSender } from './first-message.js';

/** What server and client share. */
export interface ProtosocketOptions extends Partial<ConnectionLimits> {
  /** Default `localhost`, as in Nest's TCP transport. */
  readonly host?: string;

  /** Default 3000, as in Nest's TCP transport. 0 lets the system choose a free one (server only). */
  readonly port?: number;

  /** The path of a Unix domain socket, in place of `host` and `port`. */
  readonly path?: string;

  /**
   * Where connections are made. Default: the network of this machine. `nestjs-protosocket/testing` has one in memory, for
   * tests.
   */
  readonly network?: Network;

  /**
   * How messages look as bytes. Default: the contract of this package, `proto/protosocket.proto`, with JSON payloads. Both
   * sides need the same.
   */
  readonly contract?: Contract;

  /**
   * Puts a whole Nest packet into a value of your own, as in Nest's TCP transport. Setting it, or `deserializer`, costs
   * the fast path. It has to be synchronous, whatever Nest's type says: the call of one that answers with a Promise fails
   * with NOT_SERIALIZABLE.
   */
  readonly serializer?: Serializer;

  /** Reads what a `serializer` of the peer made. */
  readonly deserializer?: Deserializer;

  /**
   * How many bytes one stream may have waiting because its peer does not keep up, or because its handler does not listen
   * yet. Default 1 MiB. Above it that call fails with RESOURCE_EXHAUSTED; the connection and its other calls live on. An
   * iterable never gets there: it is asked for its next item only when there is room.
   */
  readonly streamBufferSize?: number;

  /**
   * How deep arrays and objects may nest in a JSON payload that is received. Default 64. The call of a deeper one fails
   * with UNREADABLE_PAYLOAD. 0: no limit. Another `contract` sees to its own.
   */
  readonly maxPayloadDepth?: number;

  /**
   * How long `close()` waits for calls in flight, in milliseconds. Default 10,000. After it, and with 0 at once, they
   * end with a connection lost.
   */
  readonly gracePeriod?: number;

  /**
   * When a silent peer is asked whether it lives, in milliseconds: after `interval` (10,000) while calls are in flight,
   * after `idleInterval` (60,000) while there are none. One that has not answered after `timeout` (10,000) is given up,
   * and its calls end with a connection lost; so is one that answers without ids, and has not answered the oldest call
   * `timeout` after that was given up. `false`: nobody is asked. Peers that know no pings are left to the keepalive
   * of TCP.
   */
  readonly keepalive?: false | Partial<KeepaliveOptions>;
}

/** Options of {@link ServerProtosocket}. */
export interface ProtosocketServerOptions extends ProtosocketOptions, Partial<CallLimits & ListenerLimits> {
  /** Node's options for a TLS server; without them the server speaks plain TCP. */
  readonly tlsOptions?: TlsOptions;

  /**
   * Listens on a port on which other processes with this option listen as well (SO_REUSEPORT); the kernel gives each
   * connection to one of them. Needs Node 22.12 or 23.1, and a system that has it, such as Linux. Default `false`.
   */
  readonly reusePort?: boolean;

  /** In which order the calls of a connection are answered. Default `concurrent`. */
  readonly replyOrder?: ReplyOrder;

  /**
   * What a connection has to say before any other call is taken from it; until then they fail with UNAUTHENTICATED.
   * Default: nothing.
   */
  readonly firstMessage?: FirstMessageOptions;

  /**
   * How old a connection may get, in milliseconds, give or take a tenth, so that not all end together. Then its client is
   * told to make a new one, and it is closed once its calls are over, after `gracePeriod` at the latest. Default 0: as old
   * as it likes.
   */
  readonly maxConnectionAge?: number;
}

/** Options of {@link ClientProtosocket}. */
export interface ProtosocketClientOptions extends ProtosocketOptions {
  /** Node's options for a TLS client; without them the client speaks plain TCP. */
  readonly tlsOptions?: TlsConnectOptions;

  /**
   * How many connections the calls are spread over, such as one for each process of a server on several cores. Default 1.
   * Each is made when it is first needed, and kept; a call goes to the one with the fewest calls in flight. Orders, such as
   * that of replies, hold within a connection, not between several.
   */
  readonly connections?: number;

  /**
   * How long a call may take until its last reply, in milliseconds, the time to connect included. Default: as long as it
   * takes. A record's own timeout goes before it. 0 leaves it no time.
   */
  readonly timeout?: number;

  /**
   * How long a connection may take to stand, TLS handshake and `firstMessage` included, in milliseconds. Default 10,000.
   * 0: no limit.
   */
  readonly connectTimeout?: number;

  /**
   * Whether a call for which no connection can be made waits until one can, for as long as its timeout, in place of failing
   * with the attempt. Default `false`. A record's own goes before it.
   */
  readonly waitForReady?: boolean;

  /**
   * How long to wait between attempts to connect, in milliseconds: a random time up to `initialDelay` (100) after the first
   * that failed, up to 1.6 times as long after each further one, and never over `maxDelay` (30,000).
   */
  readonly reconnect?: Partial<BackoffOptions>;

  /**
   * Which calls are sent again without the application's doing: those that no handler has begun, because they never left or
   * because a server that closes refused them; and those that their record or their handler calls idempotent, when their
   * connection was lost. Each `attempts` (3) times at most, and all together `ratio` (0.2) of the calls that are made.
   * `false`: none.
   */
  readonly retry?: false | Partial<RetryOptions>;

  /**
   * Whether `emit()` completes when the server has taken the event (default), or as soon as the event is on its way:
   * then nobody is told when it gets lost.
   */
  readonly acknowledgeEvents?: boolean;

  /**
   * Called for each new connection before calls flow, also when it is made anew; for example, to say who this is. What it
   * returns, a Promise, an Observable or a Promise of one, is waited for; when it fails, so does the connection.
   */
  readonly firstMessage?: FirstMessageSender;
}
