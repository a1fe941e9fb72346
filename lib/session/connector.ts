import type { Socket } from 'node:net';

import { ConnectFailedError } from '../errors/index.js';
import { type Clock, type IdempotentRoutes, systemClock } from '../rpc/index.js';
import { textOf } from './address.js';
import { Attempt, type AttemptOptions } from './attempt.js';
import { AttemptSchedule } from './attempt-schedule.js';
import type { BackoffOptions } from './backoff.js';
import { ClientSession, type ClientSessionEvents, type ClientSessionOptions } from './client-session.js';
import type { Retries } from './retries.js';
import type { SessionSource, Waiter } from './session-source.js';

export interface ConnectorOptions extends AttemptOptions, ClientSessionOptions {
  readonly reconnect: BackoffOptions;
  /** What sends calls again. Without it, none is. */
  readonly retries?: Retries | undefined;
  /** A socket was made, before it connects. */
  readonly onSocket: (socket: Socket) => void;
  readonly onConnected: (session: ClientSession) => void;
  /** A connection could not be made, or was given up meanwhile; who asked for it is told why. */
  readonly onFailed: () => void;
  /** Because of `failure` somebody waits on, who is not told why. Comes before {@link onFailed}. */
  readonly onWaiting: (failure: ConnectFailedError) => void;
  /** A connection that stood is gone. */
  readonly onClosed: (cause: Error | undefined) => void;
}

/**
 * ```
 *              connect()                  connected
 *        idle -----------> connecting ------------------> connected
 *         ^                    |  failed, or close()          |
 *         `--------------------'------------------------------'  lost, going away, or close()
 * ```
 * A failure is told to those who waited for it. After it the next attempt is put off for a while.
 */
type State =
  | { is: 'idle' }
  | { is: 'connecting'; attempt: Attempt; waiters: Waiter[] }
  | { is: 'connected'; session: ClientSession };

/** Makes the connection of a client when it is first needed, and again when it was lost. */
export class Connector implements SessionSource {
  private state: State = { is: 'idle' };
  /** All connections that are not closed yet: also those that are being given up. */
  private readonly sessions = new Set<ClientSession>();
  private readonly schedule: AttemptSchedule;
  /** What the server said on the last connection. */
  private idempotentRoutes: IdempotentRoutes | undefined;
  /** When the connection that stands, or the last one, was made. */
  private readySince = 0;
  /** Of the sessions that are closed. */
  private callsOfClosed = 0;

  /** @param random from 0 up to, and without, 1: what delays are drawn with. */
  constructor(
    private readonly options: ConnectorOptions,
    private readonly clock: Clock = systemClock,
    random: () => number = Math.random,
  ) {
    this.schedule = new AttemptSchedule(options.reconnect, clock, random);
  }

  /** The connection, while it stands. */
  get session(): ClientSession | undefined {
    return this.state.is === 'connected' && this.state.session.isOpen ? this.state.session : undefined;
  }

  get lastFailure(): ConnectFailedError | undefined {
    return this.schedule.lastFailure;
  }

  get connectionCount(): number {
    return this.sessions.size;
  }

  get inFlightCount(): number {
    let count = 0;
    for (const { requester } of this.sessions) count += requester.inFlightCount;
    return count;
  }

  /** Since the beginning. */
  get callsMade(): number {
    let count = this.callsOfClosed;
    for (const { requester } of this.sessions) count += requester.callsMade;
    return count;
  }

  /** The socket, once there is one. */
  get socket(): Socket | undefined {
    if (this.state.is === 'connecting') return this.state.attempt.socket;
    return this.state.is === 'connected' ? this.state.session.socket : undefined;
  }

  /** As {@link connectFor}, for somebody who wants it in any case. */
  connect({ waitForReady }: Pick<Waiter, 'waitForReady'> = {}): Promise<ClientSession> {
    return new Promise((resolve, reject) => {
      this.connectFor({ waitForReady, isWanted: () => true, connected: resolve, failed: reject });
    });
  }

  /**
   * Gets `waiter` the connection that stands or, shared by all who ask meanwhile, the one that is being made.
   *
   * Attempts that fail are followed by others ever more slowly. Who asks with `waitForReady` waits until one succeeds, for
   * as long as `isWanted`; others get the failure, and while the next attempt is over a second away, that of the last one.
   *
   * Fails with a ConnectFailedError whose `cause` is the error of the socket.
   *
   * @param isPatient whether it waits for the next attempt, however far off that is.
   */
  connectFor(waiter: Waiter, isPatient = waiter.waitForReady === true): void {
    const { session, state } = this;
    if (session) {
      waiter.connected(session);
      return;
    }
    if (state.is === 'connecting') {
      state.waiters.push(waiter);
      return;
    }
    const due = this.schedule.untilDue(isPatient);
    if (!due) {
      this.attempt(waiter);
      return;
    }
    due.then(
      () => {
        if (waiter.isWanted()) this.connectFor(waiter, isPatient);
        else waiter.failed(this.lastFailure);
      },
      (error: unknown) => waiter.failed(error),
    );
  }

  /**
   * Gives up a connection that is being made, and closes the one that stands once its calls have ended, `gracePeriod`
   * milliseconds at most. A later `connect()` makes a new one.
   */
  async close(gracePeriod: number): Promise<void> {
    this.schedule.reset(closedMeanwhile());
    if (this.state.is === 'connecting') this.state.attempt.socket.destroy(closedMeanwhile());
    this.state = { is: 'idle' };
    await Promise.all([...this.sessions].map((session) => session.close(gracePeriod)));
  }

  private attempt(first: Waiter): void {
    const waiters = [first];
    let attempt: Attempt;
    try {
      attempt = new Attempt(this.options, this.clock, (socket, closed) => this.open(socket, closed));
    } catch (error) {
      // Node refuses some options where others only fail to connect; who connects should not have to tell them apart.
      this.failed(error, waiters);
      return;
    }
    this.state = { is: 'connecting', attempt, waiters };
    attempt.session.then(
      (session) => this.connected(session, attempt, waiters),
      (error: unknown) => {
        if (this.isCurrent(attempt)) this.failed(error, waiters);
        else this.givenUp(this.failure(error), waiters);
      },
    );
    this.options.onSocket(attempt.socket);
  }

  private failed(error: unknown, waiters: readonly Waiter[]): void {
    const failure = this.failure(error);
    this.state = { is: 'idle' };
    this.schedule.failed(failure);
    const told: Waiter[] = [];
    for (const waiter of waiters) {
      if (waiter.waitForReady && waiter.isWanted()) this.connectFor(waiter);
      else told.push(waiter);
    }
    // Only now: who is told may call close(), which ends the wait of the others.
    if (told.length < waiters.length) this.options.onWaiting(failure);
    this.options.onFailed();
    for (const waiter of told) waiter.failed(failure);
  }

  /** It says nothing about the server, and nobody waits any longer. */
  private givenUp(failure: ConnectFailedError, waiters: readonly Waiter[]): void {
    this.options.onFailed();
    for (const waiter of waiters) waiter.failed(failure);
  }

  private failure(cause: unknown): ConnectFailedError {
    if (cause instanceof ConnectFailedError) return cause;
    return new ConnectFailedError(`Could not connect to ${textOf(this.options.address)}`, cause);
  }

  private open(socket: Socket, closed: (cause: Error | undefined) => void): ClientSession {
    const events: ClientSessionEvents = {
      goingAway: (session) => this.sessionGoesAway(session),
      closed: (session, cause) => {
        this.sessionClosed(session, cause);
        closed(cause);
      },
    };
    const session = new ClientSession(socket, this.options, this.clock, events, this.idempotentRoutes);
    this.idempotentRoutes = session.requester.idempotentRoutes;
    this.sessions.add(session);
    return session;
  }

  private connected(session: ClientSession, attempt: Attempt, waiters: readonly Waiter[]): void {
    if (!this.isCurrent(attempt)) {
      session.socket.destroy();
      this.givenUp(closedMeanwhile(), waiters);
      return;
    }
    if (session.isGoingAway) {
      // It closes by itself. Nobody has lost anything by it: the next server is asked in its place.
      this.state = { is: 'idle' };
      this.schedule.failed(new ConnectFailedError('The server went away before the connection was ready'));
      for (const waiter of waiters) this.connectFor(waiter, true);
      return;
    }
    this.schedule.connected();
    session.isReady = true;
    this.readySince = this.clock.now();
    const { retries } = this.options;
    if (retries) session.requester.onHandedBack = (call, error) => retries.take(session, call, error);
    this.state = { is: 'connected', session };
    for (const waiter of waiters) {
      // The first may have closed the client, or used up the ids.
      if (session.isGivenUp) waiter.failed(closedMeanwhile());
      else if (session.isGoingAway) this.connectFor(waiter);
      else waiter.connected(session);
    }
    this.options.onConnected(session);
  }

  private sessionGoesAway(session: ClientSession): void {
    if (!this.isCurrentSession(session)) return;
    this.state = { is: 'idle' };
    this.schedule.succeeded();
  }

  private sessionClosed(session: ClientSession, cause: Error | undefined): void {
    // One that was replaced has nothing to say about the one that stands, nor one that never stood.
    if (this.isCurrentSession(session)) {
      this.state = { is: 'idle' };
      this.learnFrom(session, cause);
    }
    const leavesNone = session.isReady && this.state.is === 'idle';
    // Calls that go on have the next connection made at once, by what was learnt from this one; and who closes the client
    // when a call fails means the others as well, so until then it is one of the sessions.
    session.requester.closed(cause);
    this.sessions.delete(session);
    this.callsOfClosed += session.requester.callsMade;
    if (leavesNone) this.options.onClosed(cause);
  }

  /** A connection that is accepted and then closed, with nothing said on it, is as good as none. */
  private learnFrom({ socket }: ClientSession, cause: Error | undefined): void {
    const stood = this.clock.now() - this.readySince;
    if (socket.bytesRead > 0 || stood > this.options.reconnect.maxDelay) this.schedule.succeeded();
    else this.schedule.failed(new ConnectFailedError('The server closed the connection at once', cause));
  }

  private isCurrentSession(session: ClientSession): boolean {
    return this.state.is === 'connected' && this.state.session === session;
  }

  private isCurrent(attempt: Attempt): boolean {
    return this.state.is === 'connecting' && this.state.attempt === attempt;
  }
}

function closedMeanwhile(): ConnectFailedError {
  return new ConnectFailedError('The client was closed while it connected');
}
