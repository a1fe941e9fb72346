import type { Observable } from 'rxjs';

import { UnauthenticatedError } from '../errors/index.js';
import type { ServerCall } from '../rpc/index.js';
import { isStreamed } from './answer.js';
import { lastItemOf } from './last-item.js';
import type { ProtosocketContext } from './protosocket-context.js';

/** What the client's `firstMessage` is given: the new connection, which nobody else may use yet. */
export interface NewConnection {
  send<TResult = unknown, TInput = unknown>(pattern: unknown, data: TInput): Observable<TResult>;
}

/** The client's option `firstMessage`. */
export type FirstMessageSender = (connection: NewConnection) => unknown;

/** The server's option `firstMessage`: what a connection has to say before anything else is taken from it. */
export interface FirstMessageOptions {
  /** The pattern of the message. */
  readonly pattern: unknown;

  /**
   * Answers as a handler would, of several items with the last, or throws to refuse: then the connection is closed, and its
   * caller gets the object of an `RpcException`, an error of this transport as itself, and of all else `Internal server
   * error`. An Observable or iterable is stopped when its caller gives up, which is as if it had refused. Nest's pipes,
   * guards, interceptors and filters do not see it. What is to be kept goes into `context.connection.state`, where every
   * later handler finds it.
   */
  accept(data: unknown, context: ProtosocketContext): unknown;

  /**
   * How long a connection may take until the message has come, in milliseconds; what `accept` takes after that is its own.
   * Default 10,000, as a TLS handshake has. 0: no limit.
   */
  readonly timeout?: number;
}

/**
 * ```
 *              the first message         accepted
 *   waiting ---------------------> asking --------> open
 *                                     \ refused
 *                                      `----------> closed
 * ```
 */
type State = { is: 'waiting' } | { is: 'asking'; answer: Promise<boolean> } | { is: 'open' } | { is: 'closed' };

/** What comes of the first message. */
export interface Gatekeeper {
  /** It has come, whatever `accept` makes of it. */
  heard(): void;
  admit(): void;
  refuse(): void;
}

/** Lets the calls of one connection through once its first message was accepted. */
export class FirstMessageGate {
  private state: State = { is: 'waiting' };

  constructor(
    readonly route: string,
    private readonly accept: FirstMessageOptions['accept'],
    private readonly keeper: Gatekeeper,
  ) {}

  get isOpen(): boolean {
    return this.state.is === 'open';
  }

  /** Passes `call` on when it may be, which may be later: who pipelines need not wait for the answer. */
  pass(call: ServerCall, on: () => void): void {
    if (this.state.is !== 'asking') {
      if (this.state.is === 'open') on();
      else call.fail(refusal());
      return;
    }
    void this.state.answer.then((accepted) => {
      if (accepted) on();
      else call.fail(refusal());
    });
  }

  /**
   * The handler of the first message, and of every further one with its pattern: one after another, and none after one that
   * was refused. Who pipelines them has a guess for each connection, and no more.
   */
  async handle(data: unknown, context: ProtosocketContext): Promise<unknown> {
    this.keeper.heard();
    while (this.state.is === 'asking') await this.state.answer;
    if (this.state.is === 'closed') throw refusal();
    // It was given up while it waited.
    if (context.signal.aborted) throw context.signal.reason;
    const asked = this.ask(data, context);
    const answer = asked.then(
      () => true,
      () => false,
    );
    this.state = { is: 'asking', answer };
    const accepted = await answer;
    // A connection that was let in and says it anew, wrongly, is no longer who it said it was.
    this.state = accepted ? { is: 'open' } : { is: 'closed' };
    if (accepted) this.keeper.admit();
    // The refusal leaves first: it is sent when the promise that this answers is settled.
    else setImmediate(() => this.keeper.refuse());
    return asked;
  }

  /** What `accept` answers with, when it has come to its end: what comes as a stream may yet refuse. */
  private async ask(data: unknown, context: ProtosocketContext): Promise<unknown> {
    const answered: unknown = await this.accept(data, context);
    return isStreamed(answered) ? lastItemOf(answered, context.signal) : answered;
  }
}

function refusal(): UnauthenticatedError {
  return new UnauthenticatedError('The connection has not said who it is, or was refused');
}
