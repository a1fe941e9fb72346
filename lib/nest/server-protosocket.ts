import {
  type CustomTransportStrategy,
  type Deserializer,
  type MessageHandler,
  type MsPattern,
  Server,
} from '@nestjs/microservices';
import { EventEmitter } from 'node:events';
import type { Server as NetServer } from 'node:net';

import { InvalidOptionError, type ProtosocketError, textOf, UnauthenticatedError } from '../errors/index.js';
import type { Ordering } from '../rpc/index.js';
import { Listener, type ServedConnection } from '../session/index.js';
import { BoundedLog } from './bounded-log.js';
import { PROTOSOCKET, ProtosocketStatus } from './constants.js';
import { checkIdempotent, checkReplyOrder } from './check-options.js';
import { Dispatcher, type DispatcherHost, type ProcessingHooks } from './dispatcher.js';
import { ProtosocketEvents, type ProtosocketServerEventsMap } from './events.js';
import { FirstMessageGate } from './first-message.js';
import { guarded } from './guarded.js';
import { Listeners } from './listeners.js';
import { messageOf } from './message-of.js';
import type { ProtosocketServerOptions } from './options.js';
import { ServerPackets } from './packets.js';
import type { ProtosocketContext } from './protosocket-context.js';
import type { ProtosocketStats } from './protosocket-stats.js';
import { type ResolvedServerOptions, resolveServerOptions } from './resolve-options.js';

/** A pattern that nobody has a handler for may be anything, and as long as the peer likes. */
const MAX_LOGGED_PATTERN = 128;

const logged = (route: string): string => JSON.stringify(route.slice(0, MAX_LOGGED_PATTERN));

const ownEvents: readonly string[] = [ProtosocketEvents.EVENT_HANDLER_ERROR, ProtosocketEvents.CONNECTION_ERROR];

/**
 * The server side of the transport, for `strategy` of a Nest microservice:
 *
 * ```ts
 * NestFactory.createMicroservice(AppModule, { strategy: new ServerProtosocket({ port: 3001 }) });
 * ```
 */
export class ServerProtosocket
  extends Server<ProtosocketServerEventsMap, ProtosocketStatus>
  implements CustomTransportStrategy
{
  override transportId = PROTOSOCKET;
  /** Tells Nest that the failures of event handlers are seen to: they are logged, with their pattern, and reported. */
  override readonly propagatesEventHandlerErrors = true;

  private readonly options: ResolvedServerOptions;
  private readonly host: DispatcherHost;
  private readonly events = new EventEmitter();
  private readonly droppedEvents = new BoundedLog((line) => void this.logger.error(line));
  private readonly unsentReplies = new BoundedLog((line) => void this.logger.error(line));
  private readonly unreadRequests = new BoundedLog((line) => void this.logger.error(line));
  private readonly closedConnections = new BoundedLog((line) => void this.logger.warn(line));
  private readonly serverErrors = new BoundedLog((line) => void this.logger.error(line));
  private readonly netListeners = new Listeners();
  /** The orders that handlers have set for themselves, by their route. */
  private readonly orderings = new Map<string, Ordering>();
  /** Of the handlers that say so. */
  private idempotentRoutes: readonly string[] = [];
  private listener: Listener | undefined;
  private hooks: ProcessingHooks | undefined;

  /** @throws InvalidOptionError */
  constructor(options: ProtosocketServerOptions = {}) {
    super();
    this.options = resolveServerOptions(options);
    this.initializeDeserializer({ deserializer: this.options.deserializer });
    this.host = this.createHost();
  }

  /** Calls back when the server listens, or with the error that keeps it from it, such as EADDRINUSE. */
  listen(callback: (error?: unknown) => void): void {
    const { address } = this.options;
    if (this.listener?.isUp) {
      // Refused by Node; the server that listens goes on.
      this.listener.listen(address).then(() => callback(), callback);
      return;
    }
    try {
      this.checkRoutes();
    } catch (error) {
      callback(error);
      return;
    }
    // Now, and not as they are added: a handler may have replaced another.
    this.idempotentRoutes = [...this.messageHandlers]
      .filter(([, { extras }]) => extras?.idempotent === true)
      .map(([route]) => route);
    const listener = new Listener({
      ...this.options,
      handler: (socket, connection) => new Dispatcher(this.host, socket, connection),
      onConnectionError: (error, socket) => {
        this.closedConnections.add(`Connection of ${socket.remoteAddress ?? 'a local peer'} closed: ${error.message}`);
        this.events.emit(ProtosocketEvents.CONNECTION_ERROR, error, socket);
      },
    });
    this.listener = listener;
    const { server } = listener;
    // One that was replaced while its calls came to their end has nothing to say about the one that listens.
    const tell = (status: ProtosocketStatus): void => {
      if (this.listener === listener) this._status$.next(status);
    };
    this.netListeners.attachTo(server);
    server.on('close', () => tell(ProtosocketStatus.DISCONNECTED));
    listener.listen(address).then(
      () => {
        // Such as EMFILE, of which there may be one for each turn of the event loop.
        server.on('error', (error) => this.serverErrors.add(error.message));
        tell(ProtosocketStatus.CONNECTED);
        callback();
      },
      (error: unknown) => {
        tell(ProtosocketStatus.DISCONNECTED);
        callback(error);
      },
    );
  }

  /**
   * Accepts no more connections, tells clients that it goes away, refuses further calls with UNAVAILABLE, waits for those in
   * flight until the grace period is over, and closes all connections. May be called more than once, and takes no notice of
   * what it is called with, such as the name of a signal.
   */
  async close(): Promise<void> {
    const { listener } = this;
    await listener?.emptyBacklog();
    await listener?.close(this.options.gracePeriod);
  }

  /**
   * Listens for an event of {@link ProtosocketEvents}, or for one of Node's server, also of one that listens later. What the
   * listener throws, or rejects with, is logged.
   */
  on<Event extends keyof ProtosocketServerEventsMap>(event: Event, callback: ProtosocketServerEventsMap[Event]): void {
    const name = String(event);
    const listener = guarded(callback, this.logger);
    if (ownEvents.includes(name)) {
      this.events.on(name, listener);
    } else {
      this.netListeners.add(name, listener);
      this.listener?.server.on(name, listener);
    }
  }

  /** Node's `net.Server`, or `tls.Server`. */
  unwrap<T = NetServer>(): T {
    if (!this.listener) {
      throw new Error(
        'Not initialized. Please call the "listen"/"startAllMicroservices" method before accessing the server.',
      );
    }
    return this.listener.server as T;
  }

  getStats(): ProtosocketStats {
    return { connections: this.listener?.connectionCount ?? 0, inFlight: this.listener?.inFlightCount ?? 0 };
  }

  /** @throws InvalidOptionError for `extras` that no handler has: an unknown `replyOrder`, `idempotent` of an event. */
  override addHandler(
    pattern: unknown,
    callback: MessageHandler,
    isEventHandler = false,
    extras: Record<string, unknown> = {},
  ): void {
    const route = this.normalizePattern(pattern as MsPattern);
    checkIdempotent(route, extras.idempotent, isEventHandler);
    super.addHandler(pattern, callback, isEventHandler, extras);
    if (extras.replyOrder === undefined) return;
    this.orderings.set(route, { order: checkReplyOrder(extras.replyOrder), scope: `handler ${route}` });
  }

  override setOnProcessingStartHook(hook: Parameters<Server['setOnProcessingStartHook']>[0]): void {
    super.setOnProcessingStartHook(hook);
    this.useHooks();
  }

  override setOnProcessingEndHook(hook: Parameters<Server['setOnProcessingEndHook']>[0]): void {
    super.setOnProcessingEndHook(hook);
    this.useHooks();
  }

  /** @throws InvalidContractError, InvalidOptionError */
  private checkRoutes(): void {
    const { contract, firstMessage, limits } = this.options;
    const routes = [...this.messageHandlers.keys()];
    if (firstMessage) {
      const route = this.normalizePattern(firstMessage.pattern as MsPattern);
      // It would never run.
      if (routes.includes(route)) {
        throw new InvalidOptionError(`firstMessage and a handler have the pattern ${JSON.stringify(route)}`);
      }
      routes.push(route);
    }
    const longest = Math.max(0, ...routes.map((route) => Buffer.byteLength(route)));
    if (limits.maxPatternLength > 0 && longest > limits.maxPatternLength) {
      throw new InvalidOptionError(
        `maxPatternLength is ${limits.maxPatternLength}, and there is a handler whose pattern has ${longest} bytes`,
      );
    }
    contract.checkRoutes?.(routes);
  }

  private useHooks(): void {
    this.hooks = {
      start: (context, work) => this.onProcessingStartHook(this.transportId, context, work),
      // Nest declares it as always there; it is not, until it is set.
      end: (context) =>
        (this.onProcessingEndHook as typeof this.onProcessingEndHook | undefined)?.(this.transportId, context),
    };
  }

  private createHost(): DispatcherHost {
    const { deserializer, firstMessage, serializer } = this.options;
    const firstRoute = firstMessage && this.normalizePattern(firstMessage.pattern as MsPattern);
    const ordering: Ordering = { order: this.options.replyOrder, scope: 'server' };
    const hooks = (): ProcessingHooks | undefined => this.hooks;
    return {
      handlers: this.messageHandlers,
      packets: new ServerPackets({
        serializer,
        deserializer: this.deserializer as Deserializer,
        deserializesAll: deserializer !== undefined,
      }),
      logger: this.logger,
      get hooks() {
        return hooks();
      },
      routeOf: (pattern) =>
        typeof pattern === 'string' ? this.getRouteFromPattern(pattern) : this.normalizePattern(pattern as MsPattern),
      orderOf: (route) => this.orderings.get(route) ?? ordering,
      gateOf: (connection) =>
        firstMessage &&
        new FirstMessageGate(firstRoute!, firstMessage.accept, {
          heard: awaitFirst(connection, firstMessage.timeout),
          admit: () => this.host.admitted(connection),
          refuse: () => connection.end(),
        }),
      admitted: (connection) => {
        // A deserializer may read a request as one for another handler.
        if (deserializer === undefined) connection.sayIdempotent(this.idempotentRoutes);
      },
      eventFailed: (error, context) => this.eventFailed(error, context),
      eventDropped: (route, { message }) => {
        this.droppedEvents.add(`${message} Event pattern: ${logged(route)}`);
      },
      replyUnsent: (route, error) => {
        this.unsentReplies.add(`The reply of ${logged(route)} was not sent: ${reasonOf(error)}`);
      },
      requestUnread: (route, error) => {
        this.unreadRequests.add(`The request of ${logged(route)} could not be read: ${reasonOf(error)}`);
      },
    };
  }

  private eventFailed(error: unknown, context: ProtosocketContext): void {
    this.logger.error(`The handler of event ${JSON.stringify(context.getPattern())} failed: ${messageOf(error)}`);
    this.events.emit(ProtosocketEvents.EVENT_HANDLER_ERROR, error, context);
  }
}

/** What `error` says, and what led to it: what a serializer or a deserializer threw is for the log alone. */
function reasonOf({ cause, message }: ProtosocketError): string {
  const why = textOf(cause);
  return cause === undefined || message.includes(why) ? message : `${message}: ${why}`;
}

/** Closes `connection` unless the answered function is called in time. */
function awaitFirst(connection: ServedConnection, timeout: number): () => void {
  if (timeout === 0) return () => undefined;
  return connection.closeAfter(timeout, () => {
    return new UnauthenticatedError(`The connection did not say who it is within ${timeout} ms`);
  });
}
