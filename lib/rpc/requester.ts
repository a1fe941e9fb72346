import type { Message } from '../contract/index.js';
import { NotSerializableError, type ProtosocketError } from '../errors/index.js';
import { ControlCode, type MessageId } from '../wire/index.js';
import { ClientCall, type ReplyObserver } from './client-call.js';
import { ClientStreamingCall } from './client-streaming-call.js';
import { type Clock, systemClock } from './clock.js';
import { IdempotentRoutes } from './idempotent-routes.js';
import { InFlight } from './in-flight.js';
import type { Link } from './link.js';
import type { Request } from './request.js';
import { Room } from './room.js';

/** A timeout as it fits its field; what is longer than 49 days is as good as none. */
const MAX_TIMEOUT = 2 ** 32 - 1;

/** The half of a connection that calls. */
export class Requester {
  readonly room = new Room();
  private readonly inFlight = new InFlight<ClientCall>();
  /** Ids only rise: one that was used might still be on its way in a late reply. */
  private lastId = 0;
  private lostCause: { error: Error | undefined } | undefined;
  /**
   * Offered each call that may be sent again: one that never left, one that the peer refused as UNAVAILABLE, and an
   * idempotent one ({@link isIdempotent}) of which the connection was lost. To take it is to answer `true`, and to
   * {@link adopt} it later, or to settle it with `error` or another.
   */
  onHandedBack: ((call: ClientCall, error: ProtosocketError) => boolean) | undefined;
  /** Called when the last id there is was used. Calls beyond it fail as on a connection that is lost. */
  onLastId: (() => void) | undefined;

  /** @param streamLimit bytes that a request stream that cannot wait may have waiting for the peer. */
  constructor(
    readonly link: Link,
    private readonly streamLimit: number,
    readonly clock: Clock = systemClock,
    /** What the server has said of its handlers. */
    readonly idempotentRoutes = new IdempotentRoutes(),
    /** The highest id that the contract has room for. */
    private readonly maxId = Number.MAX_SAFE_INTEGER,
  ) {}

  get inFlightCount(): number {
    return this.inFlight.size;
  }

  /** How many requests were sent. */
  get callsMade(): number {
    return this.lastId;
  }

  /** Sends a request. What comes back goes to `observer`, and so does a request that could not be sent. */
  call(request: Request, observer: ReplyObserver): ClientCall {
    const call = new ClientCall(this, ++this.lastId, request, observer);
    this.begin(call, call.id);
    return call;
  }

  /** As {@link call}, with a request stream, whose items the answered call takes. */
  stream(request: Request, observer: ReplyObserver): ClientStreamingCall {
    const call = new ClientStreamingCall(this, ++this.lastId, request, observer, this.streamLimit);
    this.begin(call, call.id);
    return call;
  }

  /** Sends a call that was handed back by another connection, unless it has ended meanwhile. */
  adopt(call: ClientCall): void {
    if (call.isOpen) this.begin(call, ++this.lastId);
  }

  /**
   * Sends an event that nobody waits for, not even for its acknowledgement. Throws what {@link Link.send} throws.
   *
   * @param timeout milliseconds that its handler has.
   */
  notify(request: Request, timeout?: number): void {
    const id = ++this.lastId;
    this.send({ ...requestMessage(id, request, false, timeout), silent: true });
    if (id === this.maxId) this.onLastId?.();
  }

  receive(message: Message): void {
    // A reply to a call that is settled comes late, and has nobody to go to.
    this.inFlight.get(message.id)?.receive(message);
  }

  /** The route of a call in flight. */
  routeOf(id: MessageId): string | undefined {
    return this.inFlight.get(id)?.route;
  }

  /**
   * Whether `request`, which was sent here, may run twice. Asked only when it might: nothing of it is looked up before.
   *
   * The server's word is for the message handler of a route. A packet may be read as one for another.
   */
  isIdempotent({ options: { event, idempotent, packet }, route }: Request): boolean {
    return idempotent ?? (!event && !packet && this.idempotentRoutes.has(route));
  }

  /** Resolves when no call is in flight. */
  idle(): Promise<void> {
    return this.inFlight.empty();
  }

  roomAgain(): void {
    this.room.open();
  }

  /** The connection is gone, and so is every call on it. */
  closed(cause: Error | undefined): void {
    this.lostCause = { error: cause };
    for (const call of this.inFlight.all()) call.lost(cause);
  }

  retire(call: ClientCall): void {
    this.inFlight.remove(call);
  }

  sendCancel(id: MessageId): void {
    if (!this.lostCause) this.link.send({ id, code: ControlCode.Cancel });
  }

  private begin(call: ClientCall, id: MessageId): void {
    call.begin(this, id);
    this.inFlight.add(call);
    if (this.lostCause || id > this.maxId) {
      call.lost(this.lostCause?.error);
      return;
    }
    try {
      this.send(requestMessage(id, call, call.more, call.remaining));
    } catch (error) {
      call.settleWith(error);
    }
    if (id === this.maxId) this.onLastId?.();
  }

  private send(request: Message): void {
    if (this.link.send(request) > 0) return;
    // The peer will never hear of it, and its caller would wait for ever.
    throw new NotSerializableError('The contract has no such request');
  }
}

function requestMessage(
  id: MessageId,
  { body, options, route }: Request,
  more: boolean,
  timeout: number | undefined,
): Message {
  return {
    id,
    code: ControlCode.Normal,
    route,
    body,
    more,
    event: options.event,
    timeout: timeout === undefined ? undefined : Math.min(Math.max(Math.ceil(timeout), 0), MAX_TIMEOUT),
    metadata: options.metadata,
    packet: options.packet,
  };
}
