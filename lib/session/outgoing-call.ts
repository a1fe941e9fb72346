import { CancelledError } from '../errors/index.js';
import {
  type ClientCall,
  type Clock,
  deadlineExceeded,
  type OutgoingStream,
  type ReplyObserver,
  type Request,
  systemClock,
} from '../rpc/index.js';
import type { ClientSession } from './client-session.js';

/** How a call wants to have its connection. */
export interface ConnectOptions {
  /** To wait until there is one, however often that fails. Default: to fail with the attempt. */
  readonly waitForReady?: boolean | undefined;
  /** Whether it still waits. */
  readonly isWanted?: () => boolean;
}

/** Where the connection of a call comes from: a Connector, several, or a session that stands already. */
export interface SessionSource {
  /** The one that stands. To be asked once for each call: of several, another may be next. */
  readonly session: ClientSession | undefined;
  connect(options?: ConnectOptions): Promise<ClientSession>;
}

/** A request, and what bounds its call on this side. */
export interface CallOptions extends Request {
  /** Aborting it cancels the call, which fails with a CancelledError. */
  readonly signal?: AbortSignal | undefined;
  /** Begins to send the items of a request stream, and answers how to stop it. */
  readonly feed?: ((stream: OutgoingStream) => () => void) | undefined;
}

/** What somebody may stop waiting for. More than once, or once it is over, is nothing. */
export interface Cancellable {
  cancel(): void;
}

/** Makes a call over the connection that stands, or over one that is made for it. */
export function openCall(
  source: SessionSource,
  options: CallOptions,
  observer: ReplyObserver,
  clock: Clock = systemClock,
): Cancellable {
  const { session } = source;
  const { feed, signal, timeout } = options;
  if (session && !feed && !signal && timeout === undefined) return session.requester.call(options, observer);
  const call = new OutgoingCall(source, options, observer, clock);
  call.start(session);
  return call;
}

/**
 * Sends an event that nobody waits for. Resolves when it is on its way; rejects when it could not be sent. Over a
 * connection that stands it is sent before this returns, so that it keeps its place among the calls.
 */
export async function notify(source: SessionSource, request: Request): Promise<void> {
  const { waitForReady } = request;
  const session = source.session ?? (await source.connect({ waitForReady }));
  session.requester.notify(request);
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
class OutgoingCall {
  private call: ClientCall | undefined;
  private over = false;
  private readonly cleanups: (() => void)[] = [];

  constructor(
    private readonly source: SessionSource,
    private readonly options: CallOptions,
    private readonly observer: ReplyObserver,
    private readonly clock: Clock,
  ) {}

  start(session: ClientSession | undefined): void {
    const { signal, timeout } = this.options;
    if (signal?.aborted) {
      this.fail(aborted(signal));
      return;
    }
    if (signal) {
      const abort = (): void => this.fail(aborted(signal));
      signal.addEventListener('abort', abort, { once: true });
      this.cleanups.push(() => signal.removeEventListener('abort', abort));
    }
    if (timeout !== undefined) {
      this.cleanups.push(this.clock.after(timeout, () => this.fail(deadlineExceeded(timeout))));
    }
    if (session) this.connected(session, timeout);
    else this.connect();
  }

  /** Nobody waits for the reply any more. */
  cancel(): void {
    if (this.finish()) this.call?.cancel();
  }

  private connect(): void {
    const { timeout, waitForReady } = this.options;
    const started = this.clock.now();
    this.source.connect({ waitForReady, isWanted: () => !this.over }).then(
      (session) => {
        if (this.over) return;
        this.connected(session, timeout === undefined ? undefined : timeout - (this.clock.now() - started));
      },
      (error: unknown) => this.fail(error),
    );
  }

  private connected({ requester }: ClientSession, timeout: number | undefined): void {
    const { feed } = this.options;
    const call = requester.call({ ...this.options, timeout }, this.observer);
    this.call = call;
    const stopFeeding = feed && call.isOpen ? feed(call) : undefined;
    const settled = (): void => {
      stopFeeding?.();
      this.finish();
    };
    if (call.isOpen) call.onSettled = settled;
    else settled();
  }

  private fail(error: unknown): void {
    if (!this.finish()) return;
    if (this.call) this.call.abort(error);
    else this.observer.error(error);
  }

  private finish(): boolean {
    if (this.over) return false;
    this.over = true;
    for (const cleanUp of this.cleanups) cleanUp();
    return true;
  }
}

function aborted(signal: AbortSignal): CancelledError {
  return new CancelledError('The call was cancelled by its signal', signal.reason);
}
