import type { Contract, Message } from '../contract/index.js';
import {
  ConnectionLostError,
  InvalidRequestError,
  type ProtosocketError,
  statusOf,
  UnavailableError,
} from '../errors/index.js';
import { ControlCode } from '../wire/index.js';
import { type Clock, systemClock } from './clock.js';
import { InFlight } from './in-flight.js';
import { Lanes, type Lined } from './lane.js';
import { type CallLimits, defaultCallLimits } from './limits.js';
import type { Link } from './link.js';
import { Load } from './load.js';
import type { KeyedOrder, Ordering } from './reply-order.js';
import { Room } from './room.js';
import { ServerCall } from './server-call.js';

/** Who does the work of the calls. Nothing here may throw. */
export interface CallHandler {
  /**
   * Does the work of `call`, and answers it once, now or later. Where it was cut short before, the handler says with
   * {@link ServerCall.settled} when the work is over all the same.
   */
  handle(call: ServerCall): void;

  /** Answers `call` with what its handler threw. */
  fail(call: ServerCall, error: unknown): void;

  /** The order that binds `call`. */
  orderOf(call: ServerCall): Ordering;

  /** An event of which nobody waits to hear was not taken. */
  dropped(route: string, error: ProtosocketError): void;

  /** A reply of `route` could not be sent. Its caller is told as much as the contract has a place for, if anything. */
  unsent(route: string, error: ProtosocketError): void;
}

const ofConnection: Ordering = { order: 'ordered', scope: 'connection' };

/** The half of a connection that answers. */
export class Responder {
  readonly room = new Room();
  readonly load: Load;
  private readonly inFlight = new InFlight<ServerCall>();
  private readonly lanes = new Lanes<Lined>();
  private refusing = false;
  /** Why nobody waits for replies any more. */
  lostReason: ConnectionLostError | undefined;

  /**
   * @param streamLimit bytes that a stream which cannot wait may have waiting: for the caller, or for the handler.
   * @param contract what the contract says of calls.
   */
  constructor(
    readonly link: Link,
    readonly handler: CallHandler,
    readonly streamLimit: number,
    readonly clock: Clock = systemClock,
    private readonly contract: Pick<Contract, 'isUnary' | 'withoutIds'> = {},
    limits: CallLimits = defaultCallLimits,
  ) {
    this.load = new Load(limits, clock);
  }

  get inFlightCount(): number {
    return this.inFlight.size;
  }

  /** Whether one reply ends a call of `route`. */
  isUnary(route: string): boolean {
    return this.contract.isUnary?.(route) ?? this.answersByOrder;
  }

  /** Whether nothing but its place ties a reply to its call. */
  get answersByOrder(): boolean {
    return this.contract.withoutIds === true;
  }

  receive(message: Message, length: number): void {
    if (message.code === ControlCode.Normal && message.route !== undefined) {
      this.begin(message);
      return;
    }
    const call = this.inFlight.get(message.id);
    if (call) {
      call.receive(message, length);
    } else if (message.code === ControlCode.Normal && !message.more && !message.silent) {
      this.refuse(message, new InvalidRequestError('The request has no pattern'));
    }
    // All else comes late, for a call that is over; or early, as a Cancel before its request may: as upstream, it is
    // forgotten.
    // A Cancel counts all the same; its call, if there was one, has given back before what it spends.
    const excess = message.code === ControlCode.Cancel ? this.load.cancelled() : undefined;
    if (excess) this.link.destroy(excess);
  }

  /** Takes no more calls: from now on they are refused with UNAVAILABLE. Resolves when those in flight are over. */
  drain(): Promise<void> {
    this.refusing = true;
    return this.inFlight.empty();
  }

  roomAgain(): void {
    this.room.open();
  }

  /** The connection is gone: all handlers are stopped but those of events, which nobody waits for anyway. */
  closed(cause: Error | undefined): void {
    this.lostReason = new ConnectionLostError('The connection to the caller was lost', cause);
    for (const call of this.inFlight.all()) call.lost(this.lostReason);
  }

  /** `call` is over. */
  retire(call: ServerCall): void {
    this.inFlight.remove(call);
    this.leaveLane(call);
  }

  /** The replies behind `call` need wait for it no longer. */
  leaveLane(call: ServerCall): void {
    const { lane } = call;
    if (!lane) return;
    call.lane = undefined;
    this.lanes.leave(lane, call);
  }

  private begin(message: Message): void {
    const refusal = this.refusalOf(message);
    if (refusal) {
      this.refuse(message, refusal);
      return;
    }
    const call = new ServerCall(this, message);
    if (call.silent) this.inFlight.addNameless(call);
    else this.inFlight.add(call);
    if (message.timeout !== undefined) call.expireAfter(message.timeout);
    this.line(call);
  }

  /** Why the call of `message` is not taken, if it is not. */
  private refusalOf({ route, unreadable }: Message): ProtosocketError | undefined {
    if (this.refusing) return new UnavailableError('The server is closing');
    if (unreadable) return unreadable;
    return this.load.refusalOf(route!, this.inFlight.size);
  }

  /** Starts `call` in the lane where its order puts it, or at once if it has none. */
  private line(call: ServerCall): void {
    const { order, scope } = this.answersByOrder ? ofConnection : this.handler.orderOf(call);
    if (order === 'concurrent') {
      call.start();
      return;
    }
    if (typeof order === 'string') {
      call.lane = this.lanes.get(scope, order === 'serial');
    } else {
      let key: string | undefined;
      try {
        key = keyOf(call, order);
      } catch (error) {
        // To run it beside the others would break the order that the user relies on.
        call.failAtStart(error);
        return;
      }
      if (key !== undefined) call.lane = this.lanes.get(`${scope}\0${key}`, order.each === 'serial');
    }
    if (call.lane) call.lane.join(call);
    else call.start();
  }

  private refuse(message: Message, error: ProtosocketError): void {
    const { id, route, silent } = message;
    if (silent) {
      if (route !== undefined) this.handler.dropped(route, error);
      return;
    }
    if (this.answersByOrder) {
      if (this.load.hasTooManyWaiting(this.inFlight.size)) {
        this.link.destroy(error);
        return;
      }
      // A refusal has to wait for its turn as well.
      const call = new ServerCall(this, message, error);
      this.inFlight.add(call);
      this.line(call);
      return;
    }
    try {
      this.link.send({ id, code: ControlCode.Normal, route, status: statusOf(error) });
    } catch (failure) {
      this.link.destroy(failure as Error);
    }
  }
}

function keyOf({ body, metadata, route }: ServerCall, order: KeyedOrder): string | undefined {
  const key = order.key(body, { pattern: route, metadata });
  return key === undefined ? undefined : String(key);
}
