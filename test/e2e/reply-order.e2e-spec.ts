import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import { type ClientProtosocket, PROTOSOCKET, type ReplyOrder } from 'nestjs-protosocket';
import { lastValueFrom, toArray } from 'rxjs';

import { captureLog, closeServices, startService } from '../support/app.js';
import { eventually } from '../support/eventually.js';

interface Job {
  name: string;
  key?: string;
}

/** What the server did, in order. */
const log: string[] = [];
/** Ends a job, in whatever order the test wants. */
const finish = new Map<string, () => void>();

async function work({ name }: Job): Promise<string> {
  log.push(`start ${name}`);
  await new Promise<void>((resolve) => finish.set(name, resolve));
  log.push(`finish ${name}`);
  return name;
}

const byKey: ReplyOrder = { key: (job) => (job as Job).key };

@Controller()
class JobsController {
  @MessagePattern('job')
  job(job: Job): Promise<string> {
    return work(job);
  }

  @MessagePattern('stream')
  async *stream(job: Job): AsyncGenerator<string> {
    yield `${job.name}.1`;
    await work(job);
    yield `${job.name}.2`;
  }

  @MessagePattern('serial job', PROTOSOCKET, { replyOrder: 'serial' })
  serialJob(job: Job): Promise<string> {
    return work(job);
  }

  @MessagePattern('keyed job', PROTOSOCKET, { replyOrder: byKey })
  keyedJob(job: Job): Promise<string> {
    return work(job);
  }

  @EventPattern<string>('event')
  async event(job: Job): Promise<void> {
    await work(job);
  }
}

describe('reply order', () => {
  let client: ClientProtosocket;
  /** What the client got, in order. */
  let replies: string[];
  let calls: Promise<unknown>[];

  beforeEach(() => {
    captureLog();
    log.length = 0;
    finish.clear();
    replies = [];
    calls = [];
  });
  afterEach(closeServices);

  const start = async (replyOrder?: ReplyOrder): Promise<void> => {
    client = (await startService([JobsController], { replyOrder })).client();
    await client.connect();
  };
  const call = (pattern: string, name: string, key?: string): void => {
    const outcome = lastValueFrom(client.send<string>(pattern, { name, key }).pipe(toArray()));
    calls.push(outcome.then((items) => replies.push(...items)));
  };
  const finished = async (...names: string[]): Promise<void> => {
    for (const name of names) {
      await eventually(() => finish.has(name));
      finish.get(name)!();
      await eventually(() => log.includes(`finish ${name}`));
    }
  };
  const started = (): string[] => log.filter((line) => line.startsWith('start'));

  it('concurrent: replies leave as they are ready', async () => {
    await start();
    call('job', 'a');
    call('job', 'b');
    await finished('b');
    await eventually(() => replies.length === 1);
    await finished('a');
    await Promise.all(calls);
    expect(replies).toEqual(['b', 'a']);
  });

  it('ordered: handlers run side by side, replies leave in the order of the requests', async () => {
    await start('ordered');
    call('job', 'a');
    call('stream', 'b');
    call('job', 'c');
    await eventually(() => started().length === 2);
    // The stream is not asked for items before its turn, so its work has not begun.
    expect(started()).toEqual(['start a', 'start c']);
    await finished('c', 'a', 'b');
    await Promise.all(calls);
    expect(replies).toEqual(['a', 'b.1', 'b.2', 'c']);
  });

  it('serial: a handler starts when the call before it is over, stream and all', async () => {
    await start('serial');
    call('stream', 'a');
    call('job', 'b');
    call('job', 'c');
    await finished('a', 'b', 'c');
    await Promise.all(calls);
    expect(log).toEqual(['start a', 'finish a', 'start b', 'finish b', 'start c', 'finish c']);
    expect(replies).toEqual(['a.1', 'a.2', 'b', 'c']);
  });

  it('serial: holds for events as well, which are taken as they start', async () => {
    await start('serial');
    let taken = false;
    call('job', 'a');
    calls.push(lastValueFrom(client.emit('event', { name: 'b' })).then(() => (taken = true)));
    call('job', 'c');
    await finished('a');
    await eventually(() => taken);
    expect(started()).toEqual(['start a', 'start b']);
    await finished('b', 'c');
    await Promise.all(calls);
  });

  it('by key: ordered within a key, concurrent between keys', async () => {
    await start(byKey);
    call('job', 'a1', 'a');
    call('job', 'a2', 'a');
    call('job', 'b1', 'b');
    call('job', 'free');
    await finished('a2', 'free', 'b1');
    await eventually(() => replies.length === 2);
    expect(replies).toEqual(['free', 'b1']);
    await finished('a1');
    await Promise.all(calls);
    expect(replies).toEqual(['free', 'b1', 'a1', 'a2']);
  });

  it('of a handler binds its own calls, and no others', async () => {
    await start('ordered');
    call('serial job', 'a');
    call('serial job', 'b');
    call('keyed job', 'c', 'c');
    call('job', 'd');
    await finished('d', 'c');
    await eventually(() => replies.length === 2);
    expect(replies).toEqual(['d', 'c']);
    expect(started()).toEqual(['start a', 'start c', 'start d']);
    await finished('a', 'b');
    await Promise.all(calls);
    expect(replies).toEqual(['d', 'c', 'a', 'b']);
  });

  it('lets go of a call that is cancelled, wherever it stands', async () => {
    await start('ordered');
    const first = client.send('job', { name: 'a' }).subscribe();
    const second = client.send('job', { name: 'b' }).subscribe();
    call('job', 'c');
    await finished('c');
    second.unsubscribe();
    first.unsubscribe();
    await Promise.all(calls);
    expect(replies).toEqual(['c']);
  });

  it('fails a call whose key cannot be told', async () => {
    await start({
      key: () => {
        throw new Error('no key');
      },
    });
    await expect(lastValueFrom(client.send('job', { name: 'a' }))).rejects.toEqual({
      status: 'error',
      message: 'Internal server error',
    });
  });
});
