import type { Metadata } from '../contract/index.js';
import { CancelledError } from '../errors/index.js';
import {
  type ClientCall,
  type Clock,
  deadlineExceeded,
  type OutgoingStream,
  type ReplyObserver,
  type Request,
  type RequestOptions,
  systemClock,
} from '../rpc/index.js';
import type { ClientSession } from './client-session.js';
import { onAbort } from './on-abort.js';
import type { SessionSource } from './session-source.js';

/** A request, and what bounds its call on this side. */
export interface CallRequest extends Request {
  readonly options: CallOptions;
}

export interface CallOptions extends RequestOptions {
  /** Milliseconds until it fails, if it has not ended. Told to the peer. Default: it waits for ever. */
  readonly timeout?: number | undefined;
  /** Aborting it cancels the call, which fails with a CancelledError. */
  readonly signal?: AbortSignal | undefined;
  /** Of a request stream: begins to send its items, and answers how to stop it. */
  readonly feed?: ((stream: OutgoingStream) => () => void) | undefined;
}

/** What somebody may stop waiting for. More than once, or once it is over, is nothing. */
export interface Cancellable {
  cancel(): void;
}

/** Makes a call over the connection that stands, or over one that is made for it. */
export function openCall(
  source: SessionSource,
  request: CallRequest,
  observer: ReplyObserver,
  clock: Clock = systemClock,
): Cancellable {
  const { session } = source;
  const { feed, signal, timeout } = request.options;
  if (session && !feed && !signal && timeout === undefined) return session.requester.call(request, observer);
  const call = new OutgoingCall(source, request, observer, clock);
  call.start(session);
  return call;
}

/**
 * A call from the moment somebody wants it, which may be before there is a connection.
 *
 * ```
 *   connecting ---> calling ---> over
 *        \                      ^
 *         `--------------------'   cancelled, deadline, no connection
 * ```
 * The time to connect counts against the timeout, and who cancels meanwhile has nothing sent.
 */
class OutgoingCall implements ReplyObserver, Cancellable {
  private call: ClientCall | undefined;
  private isOver = false;
  /** The observer knows of its end, though the call itself may not have begun. */
  private hasFailed = false;
  private readonly started: number;
  private stopTimer: (() => void) | undefined;
  private stopListening: (() => void) | undefined;
  private stopFeeding: (() => void) | undefined;

  constructor(
    private readonly source: SessionSource,
    private readonly request: CallRequest,
    private readonly observer: ReplyObserver,
    private readonly clock: Clock,
  ) {
    this.started = clock.now();
  }

  start(session: ClientSession | undefined): void {
    const { signal, timeout } = this.request.options;
    if (signal?.aborted) {
      this.fail(aborted(signal));
      return;
    }
    if (signal) this.stopListening = onAbort(signal, () => this.fail(aborted(signal)));
    if (timeout !== undefined) this.stopTimer = this.clock.after(timeout, () => this.expire(timeout));
    if (session) this.connected(session);
    else this.connect();
  }

  /** Nobody waits for the reply any more. */
  cancel(): void {
    if (this.call) this.call.cancel();
    else if (!this.isOver) this.settled();
  }

  get remaining(): number | undefined {
    const { timeout } = this.request.options;
    return timeout === undefined ? undefined : timeout - (this.clock.now() - this.started);
  }

  next(body: unknown, packet: boolean): void {
    this.observer.next(body, packet);
  }

  complete(): void {
    this.observer.complete();
  }

  error(error: unknown): void {
    if (!this.hasFailed) this.observer.error(error);
  }

  metadata(metadata: Metadata): void {
    this.observer.metadata?.(metadata);
  }

  settled(): void {
    this.isOver = true;
    this.stopTimer?.();
    this.stopListening?.();
    this.stopFeeding?.();
  }

  private connect(): void {
    const { waitForReady } = this.request.options;
    this.source.connectFor({
      waitForReady,
      isWanted: () => !this.isOver,
      connected: (session) => {
        if (!this.isOver) this.connected(session);
      },
      failed: (error) => this.fail(error),
    });
  }

  private connected({ requester }: ClientSession): void {
    const { feed } = this.request.options;
    if (!feed) {
      this.begun(requester.call(this.request, this));
      return;
    }
    const call = requester.stream(this.request, this);
    this.begun(call);
    if (!call.isOpen) return;
    this.stopFeeding = feed(call);
    // Its source may have ended the call at once.
    if (this.isOver) this.stopFeeding();
  }

  private begun(call: ClientCall): void {
    this.call = call;
    // Somebody may have aborted it while its payload was put into bytes.
    if (this.isOver) call.cancel();
  }

  private expire(timeout: number): void {
    this.fail(deadlineExceeded(timeout, this.call ? undefined : this.source.lastFailure));
  }

  private fail(error: unknown): void {
    if (this.call) this.call.abort(error);
    else if (!this.isOver) {
      this.settled();
      this.hasFailed = true;
      this.observer.error(error);
    }
  }
}

/** The error of what was cancelled by its signal. */
export function aborted(signal: AbortSignal): CancelledError {
  return new CancelledError('The call was cancelled by its signal', signal.reason);
}
