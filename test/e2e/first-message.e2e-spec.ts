import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { Ctx, MessagePattern, RpcException } from '@nestjs/microservices';
import {
  ConnectFailedError,
  type FirstMessageOptions,
  type FirstMessageSender,
  ProtosocketContext,
  UnauthenticatedError,
} from 'nestjs-protosocket';
import { delay, firstValueFrom, lastValueFrom, map, NEVER, Observable, of, tap } from 'rxjs';

import { captureLog, closeServices, logged, type Service, startService } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { turn } from '../support/turn.js';

@Controller()
class SecretController {
  @MessagePattern('whoami')
  whoami(_: unknown, @Ctx() context: ProtosocketContext): unknown {
    return context.connection.state as unknown;
  }
}

let release: () => void;
const asked: unknown[] = [];

const firstMessage: FirstMessageOptions = {
  pattern: 'auth',
  async accept(token, context) {
    asked.push(token);
    if (token === 'slow') await new Promise<void>((resolve) => (release = resolve));
    if (token === 'wrong') throw new RpcException({ code: 16, message: 'who are you?' });
    context.connection.state = { user: token };
    return { welcome: token };
  },
};

const saying =
  (token: string): FirstMessageSender =>
  (connection) =>
    connection.send('auth', token);

const none = { defaultValue: null };

function assertRight(token: unknown): unknown {
  if (token !== 'right') throw new Error('a wrong token');
  return token;
}

describe('a first message', () => {
  let service: Service;
  beforeEach(async () => {
    captureLog();
    asked.length = 0;
    service = await startService([SecretController], { firstMessage });
  });
  afterEach(closeServices);

  it('opens the connection, and what it left there is seen by every handler', async () => {
    const clients = ['ann', 'bob'].map((user) => service.client({ firstMessage: saying(user) }));
    for (const [index, user] of ['ann', 'bob', 'ann'].entries()) {
      expect(await firstValueFrom(clients[index % 2]!.send('whoami', {}))).toEqual({ user });
    }
    expect(asked).toEqual(['ann', 'bob']);
  });

  it('is said anew on every new connection, and may be a promise', async () => {
    let times = 0;
    const client = service.client({
      firstMessage: async (connection) => {
        times++;
        expect(await firstValueFrom(connection.send('auth', 'ann'))).toEqual({ welcome: 'ann' });
      },
    });
    await client.connect();
    client.unwrap().destroy();
    await eventually(() => client.getStats().connections === 0);
    expect(await firstValueFrom(client.send('whoami', {}))).toEqual({ user: 'ann' });
    expect(times).toBe(2);
  });

  it('may be an Observable that comes by a promise', async () => {
    const client = service.client({
      firstMessage: async (connection) => connection.send('auth', await Promise.resolve('ann')),
    });
    expect(await firstValueFrom(client.send('whoami', {}))).toEqual({ user: 'ann' });
    expect(asked).toEqual(['ann']);
  });

  it('that was made and not sent fails the connection', async () => {
    const client = service.client({
      firstMessage: (connection) => {
        connection.send('auth', 'ann');
      },
    });
    await expect(client.connect()).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      cause: { message: expect.stringMatching('not sent') },
    });
  });

  it('is waited for by the calls: none flows before it was answered', async () => {
    const client = service.client({ firstMessage: saying('slow') });
    const reply = firstValueFrom(client.send('whoami', {}));
    await eventually(() => asked.length === 1);
    expect(service.server.getStats().inFlight).toBe(1);
    release();
    expect(await reply).toEqual({ user: 'slow' });
  });

  it('that is missing: every call is refused', async () => {
    const client = service.client();
    for (const _ of [1, 2]) {
      await expect(firstValueFrom(client.send('whoami', {}))).rejects.toBeInstanceOf(UnauthenticatedError);
    }
  });

  it('holds back what is pipelined behind it, in place of refusing it', async () => {
    const client = service.client();
    const first = firstValueFrom(client.send('auth', 'slow'));
    const second = firstValueFrom(client.send('whoami', {}));
    await eventually(() => asked.length === 1);
    release();
    expect(await first).toEqual({ welcome: 'slow' });
    expect(await second).toEqual({ user: 'slow' });
  });

  it('that is refused: the caller gets what was thrown, and the connection is closed', async () => {
    const client = service.client({ firstMessage: saying('wrong') });
    const failure = await firstValueFrom(client.send('whoami', {})).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ConnectFailedError);
    expect((failure as Error).cause).toEqual({ code: 16, message: 'who are you?' });
    await eventually(() => service.server.getStats().connections + client.getStats().connections === 0);
  });

  it.each<[string, (token: unknown) => unknown]>([
    ['an Observable', (token) => of(token).pipe(delay(1), map(assertRight))],
    [
      'a generator',
      async function* (token) {
        yield await Promise.resolve('welcome');
        assertRight(token);
      },
    ],
  ])('that is judged by %s is accepted once that has ended, and not when it fails', async (_, accept) => {
    const judging = await startService([SecretController], { firstMessage: { pattern: 'auth', accept } });
    expect(await firstValueFrom(judging.client({ firstMessage: saying('right') }).send('whoami', {}), none)).toBe(null);
    const client = judging.client();
    const replies = [client.send('auth', 'wrong'), client.send('whoami', {})].map((reply) =>
      lastValueFrom(reply, none).catch((error: unknown) => error),
    );
    expect(await Promise.all(replies)).toEqual([
      { status: 'error', message: 'Internal server error' },
      expect.any(UnauthenticatedError),
    ]);
  });

  it.each<[string, (begun: () => void, stopped: () => void) => unknown]>([
    ['an Observable', (begun, stopped) => NEVER.pipe(tap({ subscribe: begun, finalize: stopped }))],
    [
      'an Observable that comes by a promise',
      async (begun, stopped) => turn().then(() => NEVER.pipe(tap({ subscribe: begun, finalize: stopped }))),
    ],
    [
      'a generator',
      async function* (begun, stopped) {
        begun();
        try {
          for (;;) yield await turn();
        } finally {
          stopped();
        }
      },
    ],
  ])('that is judged by %s, which is stopped when nobody waits any more', async (_, judge) => {
    const count = { begun: 0, stopped: 0 };
    const accept = (): unknown =>
      judge(
        () => count.begun++,
        () => count.stopped++,
      );
    const judging = await startService([SecretController], { firstMessage: { pattern: 'auth', accept } });
    const client = judging.client();
    firstValueFrom(client.send('auth', 'lost')).catch(() => undefined);
    await eventually(() => count.begun === 1);
    client.unwrap().destroy();
    await eventually(() => count.stopped === 1);
    await eventually(() => client.getStats().connections === 0);
    const cancelled = client.send('auth', 'cancelled').subscribe({ error: () => undefined });
    const behind = firstValueFrom(client.send('whoami', {})).catch((error: unknown) => error);
    await eventually(() => count.begun === 2);
    cancelled.unsubscribe();
    // One that was given up is not accepted.
    expect(await behind).toBeInstanceOf(UnauthenticatedError);
    await eventually(() => count.stopped === 2);
    await eventually(() => judging.server.getStats().connections === 0);
  });

  it('that was given up before its judge came: that is not asked', async () => {
    let subscribed = false;
    const accept = async (): Promise<unknown> => {
      await new Promise<void>((resolve) => (release = resolve));
      return new Observable(() => void (subscribed = true));
    };
    const judging = await startService([SecretController], { firstMessage: { pattern: 'auth', accept } });
    const client = judging.client();
    firstValueFrom(client.send('auth', 'ann')).catch(() => undefined);
    await eventually(() => judging.server.getStats().inFlight === 1);
    client.unwrap().destroy();
    await eventually(() => judging.server.getStats().connections === 0);
    release();
    await turn();
    expect(subscribed).toBe(false);
  });

  it('whose judge throws as it is stopped: that is logged', async () => {
    const accept = (token: unknown): unknown => {
      asked.push(token);
      return new Observable(() => () => {
        throw new Error('of the teardown');
      });
    };
    const judging = await startService([SecretController], { firstMessage: { pattern: 'auth', accept } });
    const client = judging.client();
    firstValueFrom(client.send('auth', 'ann')).catch(() => undefined);
    await eventually(() => asked.length === 1);
    client.unwrap().destroy();
    await eventually(() => logged.join().includes('of the teardown'));
  });

  it('that is refused is answered before the connection is closed', async () => {
    const client = service.client();
    const replies = [client.send('auth', 'wrong'), client.send('whoami', {})].map((reply) =>
      firstValueFrom(reply).catch((error: unknown) => error),
    );
    expect(await Promise.all(replies)).toEqual([
      { code: 16, message: 'who are you?' },
      expect.any(UnauthenticatedError),
    ]);
    await eventually(() => service.server.getStats().connections === 0);
  });

  it('that is refused is the last: those that are pipelined behind it are not asked about', async () => {
    const client = service.client();
    const replies = [
      client.send('auth', 'wrong'),
      client.send('auth', 'ann'),
      client.send('auth', 'bob'),
      client.send('whoami', {}),
    ].map((reply) => firstValueFrom(reply).catch((error: unknown) => error));
    const refused = expect.any(UnauthenticatedError);
    expect(await Promise.all(replies)).toEqual([{ code: 16, message: 'who are you?' }, refused, refused, refused]);
    expect(asked).toEqual(['wrong']);
  });

  it('waits for the one before it, and is heeded by the calls behind it', async () => {
    const client = service.client();
    const replies = [
      client.send('auth', 'slow'),
      client.send('auth', 'ann'),
      client.send('whoami', {}),
      client.send('auth', 'wrong'),
      client.send('whoami', {}),
    ].map((reply) => firstValueFrom(reply).catch((error: unknown) => error));
    await eventually(() => asked.length > 0);
    await turn();
    expect(asked).toEqual(['slow']);
    release();
    expect(await Promise.all(replies)).toEqual([
      { welcome: 'slow' },
      { welcome: 'ann' },
      { user: 'ann' },
      { code: 16, message: 'who are you?' },
      expect.any(UnauthenticatedError),
    ]);
  });

  it('whose connection was lost while it waited is not asked about', async () => {
    const client = service.client();
    const replies = ['slow', 'ann'].map((token) => firstValueFrom(client.send('auth', token)).catch(() => undefined));
    await eventually(() => service.server.getStats().inFlight === 2);
    client.unwrap().destroy();
    await eventually(() => service.server.getStats().connections === 0);
    release();
    await Promise.all(replies);
    await turn();
    expect(asked).toEqual(['slow']);
  });

  it('that does not come in time: the connection is closed, and the log says why', async () => {
    const impatient = await startService([SecretController], { firstMessage: { ...firstMessage, timeout: 50 } });
    const [silent, known] = [impatient.client(), impatient.client({ firstMessage: saying('slow') })];
    const connecting = known.connect();
    await silent.connect();
    await expect(firstValueFrom(silent.send('whoami', {}))).rejects.toBeInstanceOf(UnauthenticatedError);
    await eventually(() => silent.getStats().connections === 0);
    expect(logged).toContainEqual(expect.stringMatching('did not say who it is within 50 ms'));
    // How long it takes to be answered is the application's.
    release();
    await connecting;
    expect(await firstValueFrom(known.send('whoami', {}))).toEqual({ user: 'slow' });
  });

  it('that is never answered counts against the time to connect', async () => {
    const client = service.client({ firstMessage: saying('slow'), connectTimeout: 50 });
    await expect(client.connect()).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      message: expect.stringMatching('50 ms'),
    });
    release();
  });

  it('that is an Observable is unsubscribed when its connection is given up', async () => {
    let ended = false;
    const token = new Observable(() => () => (ended = true));
    const client = service.client({ firstMessage: () => token, connectTimeout: 50 });
    await expect(client.connect()).rejects.toBeInstanceOf(ConnectFailedError);
    expect(ended).toBe(true);
  });

  it('that comes by a promise when its connection was given up is not subscribed to', async () => {
    let subscribed = false;
    let arrive!: (message: Observable<unknown>) => void;
    const client = service.client({
      firstMessage: () => new Promise((resolve) => (arrive = resolve)),
      connectTimeout: 50,
    });
    await expect(client.connect()).rejects.toBeInstanceOf(ConnectFailedError);
    arrive(new Observable(() => void (subscribed = true)));
    await turn();
    expect(subscribed).toBe(false);
  });

  it('that fails on the client is a failed connection, and the next call tries anew', async () => {
    let times = 0;
    const client = service.client({
      firstMessage: (connection) => {
        if (++times === 1) throw new Error('no token yet');
        return connection.send('auth', 'ann');
      },
    });
    await expect(firstValueFrom(client.send('whoami', {}))).rejects.toMatchObject({
      cause: { message: 'no token yet' },
    });
    expect(await firstValueFrom(client.send('whoami', {}))).toEqual({ user: 'ann' });
  });

  it('that a handler waits for as well keeps the server from starting', async () => {
    const starting = startService([SecretController], { firstMessage: { pattern: 'whoami', accept: () => true } });
    await expect(starting).rejects.toThrow(/firstMessage and a handler have the pattern "whoami"/);
  });

  it('does not keep a client from being closed', async () => {
    const client = service.client({ firstMessage: saying('slow') });
    const connecting = client.connect();
    await eventually(() => asked.length === 1);
    await client.close();
    await expect(connecting).rejects.toBeInstanceOf(ConnectFailedError);
    release();
  });
});
