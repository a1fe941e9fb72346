import { afterEach, describe, expect, it } from '@jest/globals';

import { ConnectFailedError } from '../../lib/errors/index.js';
import { Attempt } from '../../lib/session/attempt.js';
import type { ClientSession } from '../../lib/session/index.js';
import { eventually } from '../support/eventually.js';
import { FakeClock } from '../support/fake-clock.js';
import { closeTcpServers, TcpServer } from '../support/tcp-server.js';
import { turn } from '../support/turn.js';

interface Greeting {
  readonly end: () => void;
  readonly fail: (error: Error) => void;
}

/** An attempt to connect to a server that says nothing, with a greeting that the test ends, and a session of no use. */
class Greeted {
  readonly clock = new FakeClock();
  readonly session = { isGoingAway: false } as ClientSession;
  readonly attempt: Attempt;
  /** Of the greetings, one at most: who is greeted, and how it ends. */
  readonly greetings: [ClientSession, Greeting][] = [];
  /** What became of it. */
  outcome: unknown;

  private constructor(readonly server: TcpServer) {
    const greet = (session: ClientSession): Promise<void> =>
      new Promise((end, fail) => this.greetings.push([session, { end, fail }]));
    const address = { host: '127.0.0.1', port: server.port };
    this.attempt = new Attempt({ address, connectTimeout: 500, greet }, this.clock, (socket, closed) => {
      let cause: Error | undefined;
      socket.on('error', (error) => (cause = error)).on('close', () => closed(cause));
      socket.resume();
      return this.session;
    });
    this.attempt.session.then(
      (session) => (this.outcome = session),
      (error: unknown) => (this.outcome = error),
    );
  }

  /** Resolves when the greeting has begun. */
  static async begin(): Promise<Greeted> {
    const greeted = new Greeted(await TcpServer.listen());
    await eventually(() => greeted.greetings.length === 1);
    return greeted;
  }

  get greeting(): Greeting {
    return this.greetings[0]![1];
  }
}

describe('Attempt', () => {
  afterEach(closeTcpServers);

  it('has a session when that has been greeted, and not before', async () => {
    const greeted = await Greeted.begin();
    expect(greeted.greetings[0]![0]).toBe(greeted.session);
    await turn();
    expect(greeted.outcome).toBeUndefined();
    greeted.greeting.end();
    expect(await greeted.attempt.session).toBe(greeted.session);
    expect(greeted.attempt.socket.destroyed).toBe(false);
    expect(greeted.clock.pending).toBe(0);
  });

  it('fails with what the greeting fails with, and closes the connection', async () => {
    const greeted = await Greeted.begin();
    const error = new Error('not let in');
    greeted.greeting.fail(error);
    await eventually(() => greeted.outcome !== undefined);
    expect(greeted.outcome).toBe(error);
    expect(greeted.attempt.socket.destroyed).toBe(true);
    expect(greeted.clock.pending).toBe(0);
  });

  it('fails when its time is over before the greeting is', async () => {
    const greeted = await Greeted.begin();
    greeted.clock.advance(499);
    await turn();
    expect(greeted.outcome).toBeUndefined();
    greeted.clock.advance(1);
    await eventually(() => greeted.outcome !== undefined);
    expect(greeted.outcome).toEqual(new ConnectFailedError('Could not connect within 500 ms'));
    expect(greeted.attempt.socket.destroyed).toBe(true);
  });

  it('fails when the connection is closed before the greeting is over', async () => {
    const greeted = await Greeted.begin();
    await eventually(() => greeted.server.sockets.length === 1);
    greeted.server.sockets[0]!.end();
    await eventually(() => greeted.outcome !== undefined);
    expect(greeted.outcome).toEqual(new ConnectFailedError('The server closed the connection before it was ready'));
    expect(greeted.clock.pending).toBe(0);
  });

  it('has the session of a server that goes away, whatever becomes of the greeting: its owner asks another', async () => {
    const greeted = await Greeted.begin();
    greeted.session.isGoingAway = true;
    greeted.greeting.fail(new Error('going'));
    expect(await greeted.attempt.session).toBe(greeted.session);
    expect(greeted.attempt.socket.destroyed).toBe(false);
  });
});
