import type { LoggerService } from '@nestjs/common';
import { type MessageHandler, RpcException } from '@nestjs/microservices';
import type { Socket } from 'node:net';
import { isObservable } from 'rxjs';

import { NoHandlerError, ProtosocketError, statusOf, UnreadablePayloadError } from '../errors/index.js';
import type { CallHandler, Ordering, ServerCall } from '../rpc/index.js';
import type { ServedConnection } from '../session/index.js';
import { answer, isStreamed } from './answer.js';
import { type Chained, drain } from './drain.js';
import type { FirstMessageGate } from './first-message.js';
import { failureOfThrow } from './handler-failure.js';
import { isThenable } from './is-thenable.js';
import type { ServerPackets } from './packets.js';
import { ProtosocketConnection } from './protosocket-connection.js';
import { ProtosocketContext } from './protosocket-context.js';
import { ReplyStream } from './reply-stream.js';
import { observableOf } from './request-stream.js';

type Handler = Chained & ((data: unknown, context: ProtosocketContext) => unknown);

/** Nest's hooks around the work on a call, as instrumentation sets them. They may be async, whatever Nest's types say. */
export interface ProcessingHooks {
  start(context: ProtosocketContext, work: () => Promise<void>): unknown;
  end(context: ProtosocketContext): unknown;
}

/** What the connections of a server share. */
export interface DispatcherHost {
  readonly handlers: ReadonlyMap<string, MessageHandler>;
  readonly packets: ServerPackets;
  readonly logger: LoggerService;
  /** None, as long as nobody has set one. */
  readonly hooks: ProcessingHooks | undefined;
  /** The route of a pattern that a deserializer read from a packet. */
  routeOf(pattern: unknown): string;
  orderOf(route: string): Ordering;
  gateOf(connection: ServedConnection): FirstMessageGate | undefined;
  /** The connection need not say who it is, or has: it may know what there is. */
  admitted(connection: ServedConnection): void;
  eventFailed(error: unknown, context: ProtosocketContext): void;
  eventDropped(route: string, error: ProtosocketError): void;
  replyUnsent(route: string, error: ProtosocketError): void;
  requestUnread(route: string, error: UnreadablePayloadError): void;
}

/** Brings the calls of one connection to Nest's handlers, and what those return back to the calls. */
export class Dispatcher implements CallHandler {
  private readonly connection: ProtosocketConnection;
  /** None, where a connection need not say who it is. */
  private readonly gate: FirstMessageGate | undefined;

  constructor(
    private readonly host: DispatcherHost,
    private readonly socket: Socket,
    connection: ServedConnection,
  ) {
    this.connection = new ProtosocketConnection(socket);
    this.gate = host.gateOf(connection);
    if (!this.gate) host.admitted(connection);
  }

  orderOf(call: ServerCall): Ordering {
    return this.host.orderOf(call.route);
  }

  handle(call: ServerCall): void {
    const { route } = call;
    const data = call.requests ? observableOf(call.requests) : call.body;
    if (this.host.packets.reads(call.packet)) void this.handlePacket(call, data);
    else this.dispatch(call, route, data, false);
  }

  fail(call: ServerCall, error: unknown): void {
    const failure = failureOfThrow(error);
    if (!(error instanceof RpcException) && !(error instanceof ProtosocketError)) this.host.logger.error(error);
    new ReplyStream(call, this.host.packets).refuse(failure);
  }

  dropped(route: string, error: ProtosocketError): void {
    this.host.eventDropped(route, error);
  }

  unsent(route: string, error: ProtosocketError): void {
    this.host.replyUnsent(route, error);
  }

  private async handlePacket(call: ServerCall, data: unknown): Promise<void> {
    const { id, metadata, packet, route } = call;
    try {
      const request = { id: String(id), pattern: route, data, ...(metadata && { metadata }) };
      const read = await this.host.packets.deserializeRequest(request, packet);
      this.dispatch(call, this.host.routeOf(read.pattern), read.data, true);
    } catch (error) {
      // Its caller is not told what a deserializer stumbled over.
      if (error instanceof UnreadablePayloadError) this.host.requestUnread(route, error);
      call.fail(error);
    }
  }

  /** @param waited Its caller may have given up meanwhile. */
  private dispatch(call: ServerCall, route: string, data: unknown, waited: boolean): void {
    const { gate } = this;
    if (gate && !gate.isOpen && gate.route !== route) {
      gate.pass(call, () => this.dispatch(call, route, data, true));
    } else if (waited && !call.isWanted()) {
      call.settled();
    } else {
      const handler = gate?.route === route ? gate.handle.bind(gate) : this.host.handlers.get(route);
      this.work(call, route, data, handler);
    }
  }

  private work(call: ServerCall, route: string, data: unknown, handler: Handler | undefined): void {
    if (!handler) {
      this.refuse(call, route);
      return;
    }
    const context = new ProtosocketContext([this.socket, route, call.metadata, call, this.connection]);
    const { hooks } = this.host;
    if (!hooks) {
      void this.run(call, handler, data, context);
      return;
    }
    const log = (error: unknown): void => void this.host.logger.error(error);
    call.onClosed = () => void callHook(() => hooks.end(context), log);
    let begun = false;
    const work = async (): Promise<void> => {
      begun = true;
      await this.run(call, handler, data, context);
    };
    // What has begun is answered by its handler.
    const failed = (error: unknown): void => (begun ? log(error) : call.fail(error));
    void callHook(() => hooks.start(context, work), failed);
  }

  private refuse(call: ServerCall, route: string): void {
    // Nest's own words, so that what looks for them finds them.
    const kind = call.event ? 'event' : 'message';
    const error = new NoHandlerError(`There is no matching ${kind} handler defined in the remote service.`);
    if (call.event) this.host.eventDropped(route, error);
    call.failWith(statusOf(error));
  }

  private run(
    call: ServerCall,
    handler: Handler,
    data: unknown,
    context: ProtosocketContext,
  ): Promise<void> | undefined {
    if (call.event) return this.runEvent(call, handler, data, context);
    let returned: unknown;
    try {
      returned = handler(data, context);
    } catch (error) {
      call.fail(error);
      return undefined;
    }
    if (isThenable(returned)) {
      return Promise.resolve(returned).then(
        (result: unknown) => this.answer(call, result),
        (error: unknown) => call.fail(error),
      );
    }
    this.answer(call, returned);
    return undefined;
  }

  private answer(call: ServerCall, result: unknown): void {
    const { packets } = this.host;
    if (!isStreamed(result)) {
      // Most answers end here: a plain value needs neither an Observable nor a stream.
      if (packets.serializesReplies) new ReplyStream(call, packets).reply(result);
      else call.reply(result);
      return;
    }
    // Nobody waits any more. An iterable is opened all the same, to be closed: it may hold what only that lets go of.
    if (!call.isOpen && isObservable(result)) {
      call.settled();
      return;
    }
    const stop = answer(new ReplyStream(call, packets), result);
    if (!call.isOpen) {
      stop();
      return;
    }
    const { onClosed } = call;
    call.onClosed = (reason): void => {
      // The first item of many has ended a unary call, and nothing would ever stop the rest.
      if (reason || call.unary) stop();
      onClosed?.(reason);
    };
  }

  private async runEvent(
    call: ServerCall,
    handler: Handler,
    data: unknown,
    context: ProtosocketContext,
  ): Promise<void> {
    call.acknowledge();
    try {
      const result: unknown = await handler(data, context);
      if (isStreamed(result)) await drain(result, handler);
    } catch (error) {
      this.host.eventFailed(error, context);
    }
    call.done();
  }
}

async function callHook(hook: () => unknown, onFailed: (error: unknown) => void): Promise<void> {
  try {
    await hook();
  } catch (error) {
    onFailed(error);
  }
}
