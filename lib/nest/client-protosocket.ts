import { Logger } from '@nestjs/common';
import {
  ClientProxy,
  type Deserializer,
  type MsPattern,
  type ReadPacket,
  type WritePacket,
} from '@nestjs/microservices';
import type { Socket } from 'node:net';
import type { Observable } from 'rxjs';

import { type ConnectFailedError, InvalidRequestError } from '../errors/index.js';
import {
  type CallRequest,
  type Cancellable,
  type ClientSession,
  Connections,
  notify,
  openCall,
  type SessionSource,
} from '../session/index.js';
import { CallObservable, type OpenCall } from './call-observable.js';
import { ClientCallOptions } from './call-options.js';
import { ProtosocketStatus } from './constants.js';
import { EmittedEvent } from './emitted-event.js';
import type { ProtosocketClientEventsMap } from './events.js';
import { greet } from './greeting.js';
import { guarded } from './guarded.js';
import { Listeners } from './listeners.js';
import { messageOf } from './message-of.js';
import { nameOf } from './name-of.js';
import type { ProtosocketClientOptions } from './options.js';
import { ClientPackets } from './packets.js';
import { ProtosocketRecord } from './protosocket-record.js';
import type { ProtosocketStats } from './protosocket-stats.js';
import { type ResolvedClientOptions, resolveClientOptions } from './resolve-options.js';
import { type Finish, type ReplyPath, type ReplySubscriber, SubscriberReplyObserver } from './reply-observer.js';
import { feed, isRequestStream } from './request-stream.js';

/**
 * The client side of the transport, for `ClientsModule`, `@Client()`, `ClientProxyFactory`, or made by hand:
 *
 * ```ts
 * ClientsModule.register([{ name: 'MATH', customClass: ClientProtosocket, options: { port: 3001 } }]);
 * ```
 *
 * It connects when it is first needed, and again when the connection was lost or its server goes away. Calls share one
 * connection, or as many as the option `connections` says.
 */
export class ClientProtosocket extends ClientProxy<ProtosocketClientEventsMap> {
  private readonly logger = new Logger(ClientProtosocket.name);
  private readonly options: ResolvedClientOptions;
  private readonly packets: ClientPackets;
  private readonly callOptions: ClientCallOptions;
  private readonly connections: Connections;
  private readonly source: SessionSource;
  /** Of events, and of what Nest builds on the client. */
  private readonly replies: ReplyPath;
  /** Of what is sent. */
  private readonly finishedReplies: ReplyPath;
  private readonly openSent: OpenCall;
  private readonly socketListeners = new Listeners();
  private hasToldWaiting = false;
  private dispatchHook: ((packet: ReadPacket) => void) | undefined;
  /** Nest's own hooks, which a subclass may override. */
  private readonly finish: Finish = {
    response: (response) => this.serializeResponse(response) as unknown,
    error: (error) => this.serializeError(error) as unknown,
  };

  /** @throws InvalidOptionError */
  constructor(options: ProtosocketClientOptions = {}) {
    super();
    this.options = resolveClientOptions(options);
    const { deserializer, serializer } = this.options;
    this.initializeDeserializer({ deserializer });
    this.packets = new ClientPackets({
      serializer,
      deserializer: this.deserializer as Deserializer,
      deserializesAll: deserializer !== undefined,
    });
    this.callOptions = new ClientCallOptions({ ...this.options, packet: this.packets.serializesRequests });
    this.replies = { packets: this.packets, finish: undefined, onMetadata: undefined };
    this.finishedReplies = { ...this.replies, finish: this.finish };
    const { firstMessage } = this.options;
    this.connections = new Connections({
      ...this.options,
      contract: this.options.contract,
      greet: firstMessage && ((session, lost) => greet(firstMessage, this.openOver(sourceOf(session)), lost)),
      onSocket: (socket) => this.socketListeners.attachTo(socket),
      onConnected: () => {
        this.hasToldWaiting = false;
        this.tellStatus();
      },
      onFailed: () => this.tellStatus(),
      onWaiting: (failure) => this.tellWaiting(failure),
      onClosed: (cause) => {
        if (cause) this.logger.error(cause);
        this.tellStatus();
      },
      onPartlyFailed: (error) => this.logger.warn(`A further connection could not be made: ${messageOf(error)}`),
    });
    this.source = this.connections.source;
    this.openSent = this.openOver(this.source);
  }

  /** Whether there is a connection, of several at least one: what it is now, and every change. */
  // Narrowed here and not in the base class, whose type Nest's modules ask for as it is.
  override get status(): Observable<ProtosocketStatus> {
    return super.status as Observable<ProtosocketStatus>;
  }

  /**
   * Makes the connection, unless it stands; of several, all. Shared by all who ask at the same time. With `waitForReady`,
   * waits until that succeeds.
   *
   * Rejects with a ConnectFailedError whose `cause` is the error of the socket, or what `firstMessage` failed with.
   */
  async connect(): Promise<void> {
    const { waitForReady } = this.options;
    await this.connections.connect({ waitForReady });
  }

  /**
   * Closes each connection once its calls in flight have ended, or when the grace period is over. May be called more than
   * once, and takes no notice of what it is called with, such as the name of a signal. Who calls later connects anew.
   */
  async close(): Promise<void> {
    this.socketListeners.clear();
    await this.connections.close(this.options.gracePeriod);
  }

  /**
   * Sends a request each time it is subscribed to, and mirrors the reply; to unsubscribe is to cancel.
   *
   * @param data The payload; an Observable, async iterable or generator, to stream it item by item; or a
   *   {@link ProtosocketRecord} with either, to set what else one call may have.
   */
  override send<TResult = unknown, TInput = unknown>(pattern: unknown, data: TInput): Observable<TResult> {
    // Nest's own error for it is not exported.
    if (isNil(pattern) || isNil(data)) return super.send(pattern, data);
    return new CallObservable(this.openSent, pattern, data);
  }

  /**
   * Sends an event at once, subscribed to or not. The Observable emits `undefined` and completes when the server has taken
   * the event, and fails when it could not be delivered, which is logged if nobody has subscribed.
   */
  override emit<TResult = unknown, TInput = unknown>(pattern: unknown, data: TInput): Observable<TResult> {
    if (isNil(pattern) || isNil(data)) return super.emit(pattern, data);
    const event = new EmittedEvent((error) => {
      this.logger.error(`The event ${nameOf(pattern)} was not delivered: ${messageOf(error)}`);
    });
    let packet: ReadPacket;
    try {
      packet = this.dispatched(pattern, data);
    } catch (error) {
      event.error(error);
      return event.outcome as Observable<TResult>;
    }
    this.deliver(packet, event);
    return event.outcome as Observable<TResult>;
  }

  /**
   * Listens for an event of {@link ProtosocketEvents} on each of the client's sockets, also on those of later connections,
   * until the client is closed. What the listener throws, or rejects with, is logged.
   */
  override on<Event extends keyof ProtosocketClientEventsMap>(
    event: Event,
    callback: ProtosocketClientEventsMap[Event],
  ): void {
    const name = String(event);
    const listener = guarded(callback, this.logger);
    this.socketListeners.add(name, listener);
    for (const socket of this.connections.sockets) socket.on(name, listener);
  }

  /** Node's `net.Socket`, or `tls.TLSSocket`; of several connections, that of the first. */
  unwrap<T = Socket>(): T {
    const [socket] = this.connections.sockets;
    if (!socket) throw new Error('Not initialized. Please call the "connect" method first.');
    return socket as T;
  }

  /** Has `hook` look at every outgoing packet; it may set `packet.metadata`. Works with Nest 11 as well. */
  override setOnDispatchHook(hook: (packet: ReadPacket) => void): void {
    this.dispatchHook = hook;
  }

  getStats(): ProtosocketStats {
    return { connections: this.connections.connectionCount, inFlight: this.connections.inFlightCount };
  }

  /** For what Nest builds on it; {@link send} does not pass through here. */
  protected publish(packet: ReadPacket, callback: (packet: WritePacket) => void): () => void {
    const call = this.open(packet, false, {
      next: (response) => callback({ response }),
      error: (err) => callback({ err, isDisposed: true }),
      complete: () => callback({ isDisposed: true }),
    });
    return () => call.cancel();
  }

  /** For what Nest builds on it; {@link emit} does not pass through here. */
  protected dispatchEvent<T = unknown>(packet: ReadPacket): Promise<T> {
    return new Promise((resolve, reject) => {
      this.deliver(packet, { next: () => undefined, complete: () => resolve(undefined as T), error: reject });
    });
  }

  /** How {@link send} makes its calls. */
  private openOver(source: SessionSource): OpenCall {
    return (subscriber, pattern, data) =>
      this.open(this.dispatched(pattern, data), false, subscriber, this.finishedReplies, source);
  }

  /** Of attempts that fail in a row the first: calls that wait for as long as it takes would never say why. */
  private tellWaiting({ cause, message }: ConnectFailedError): void {
    if (this.hasToldWaiting) return;
    this.hasToldWaiting = true;
    this.logger.warn(`Calls wait for a connection: ${message}${cause === undefined ? '' : `: ${messageOf(cause)}`}`);
  }

  private tellStatus(): void {
    this._status$.next(this.connections.isConnected ? ProtosocketStatus.CONNECTED : ProtosocketStatus.DISCONNECTED);
  }

  private deliver(packet: ReadPacket, subscriber: ReplySubscriber): void {
    if (this.options.acknowledgeEvents) {
      this.open(packet, true, subscriber);
      return;
    }
    const observer = new SubscriberReplyObserver(subscriber, this.replies);
    let request: CallRequest;
    try {
      request = this.requestOf(packet, true);
    } catch (error) {
      observer.error(error);
      return;
    }
    notify(this.source, request).then(
      () => observer.complete(),
      (error: unknown) => observer.error(error),
    );
  }

  private open(
    packet: ReadPacket,
    event: boolean,
    subscriber: ReplySubscriber,
    replies = this.replies,
    source = this.source,
  ): Cancellable {
    const onMetadata = packet.data instanceof ProtosocketRecord ? packet.data.onReplyMetadata : undefined;
    const observer = new SubscriberReplyObserver(subscriber, onMetadata ? { ...replies, onMetadata } : replies);
    let request: CallRequest;
    try {
      request = this.requestOf(packet, event);
    } catch (error) {
      observer.error(error);
      return over;
    }
    return openCall(source, request, observer);
  }

  /** The packet as it is once the hook has seen it. */
  private dispatched(pattern: unknown, data: unknown): ReadPacket {
    const packet: ReadPacket = { pattern, data };
    this.dispatchHook?.(packet);
    return packet;
  }

  private requestOf(packet: ReadPacket, event: boolean): CallRequest {
    const route = this.normalizePattern(packet.pattern as MsPattern);
    const record = packet.data instanceof ProtosocketRecord ? (packet.data as ProtosocketRecord) : undefined;
    const data: unknown = record ? record.data : packet.data;
    if (isRequestStream(data)) {
      if (event) throw new InvalidRequestError('An event has one payload, and cannot be a stream');
      const options = this.callOptions.ofStream((stream) => feed(data, stream), record, packet.metadata);
      return { route, body: undefined, options };
    }
    const body = this.packets.serializesRequests ? this.packets.serializeRequest({ ...packet, data }, event) : data;
    return { route, body, options: this.callOptions.of(event, record, packet.metadata) };
  }
}

/** For calls over `session` alone. */
function sourceOf(session: ClientSession): SessionSource {
  return { session, connectFor: (waiter) => waiter.connected(session) };
}

/** A call that never began. */
const over: Cancellable = { cancel: () => undefined };

function isNil(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}
