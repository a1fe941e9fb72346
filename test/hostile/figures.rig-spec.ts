import { afterAll, afterEach, describe, expect, it } from '@jest/globals';

import { defaultConnectionLimits } from '../../lib/connection/index.js';
import { Certificate } from '../support/certificate.js';
import { asked, isLong, reached } from '../support/promises.js';
import { Siege } from './support/siege.js';

const time = isLong ? 300_000 : 60_000;
const MB = 1_000_000;

describe('under siege', () => {
  const siege = new Siege();
  const certificate = new Certificate();
  afterEach(() => siege.close());
  afterAll(() => certificate.remove());

  it(
    'rapid reset is cut',
    async () => {
      const { after, figure, moreRss, p99 } = await siege.run({
        name: 'reset',
        count: asked('reset.pairs'),
        over: ({ connections }) => connections === 1,
      });
      reached('reset.open', after.connections - 1);
      reached('reset.handlers', after.most);
      reached('reset.rss', moreRss);
      reached('reset.neighbour', p99);
      expect(figure).toBeGreaterThan(9_999);
      expect(after.most).toBe(1_024);
    },
    time,
  );

  it(
    'rapid reset that is not cut leaves no more handlers at work than there may be',
    async () => {
      const count = asked('reset.pairs');
      const { after, figure, moreRss, p99 } = await siege.run({ name: 'reset', count, options: { cancelBurst: 0 } });
      reached('reset.pairs', figure);
      reached('reset.handlers', after.most);
      reached('reset.rss', moreRss);
      reached('reset.neighbour', p99);
      expect(figure).toBe(count);
      expect(after.most).toBe(1_024);
    },
    time,
  );

  it(
    'peers that drip are closed in time',
    async () => {
      const options = isLong ? {} : { incompleteMessageTimeout: 1_000 };
      const { figure, samples } = await siege.run({
        name: 'drip',
        count: asked('drip.peers'),
        options,
        over: ({ connections }) => connections === 1,
      });
      reached('drip.peers', Math.max(...samples.map(({ connections }) => connections)) - 1);
      reached('drip.closed', figure / 1_000);
      const { incompleteMessageTimeout } = { ...defaultConnectionLimits, ...options };
      expect(figure).toBeGreaterThan(incompleteMessageTimeout / 2);
    },
    time,
  );

  it(
    'idle connections are cheap',
    async () => {
      const count = asked('idle.connections');
      // The kernel says that it is connected before the server has seen it.
      const { after, moreRss } = await siege.run({
        name: 'idle',
        count,
        over: ({ connections }) => connections === count + 1,
      });
      reached('idle.connections', after.connections - 1);
      reached('idle.rss', moreRss);
      expect(after.connections).toBe(count + 1);
    },
    time,
  );

  it(
    'idle connections over TLS are cheap as well',
    async () => {
      const { cert, key } = certificate;
      const count = isLong ? 5_000 : 500;
      const { moreRss } = await siege.run({
        name: 'idle',
        count,
        options: { tlsOptions: { cert, key } },
        tlsOptions: { ca: cert },
        over: ({ connections }) => connections === count + 1,
      });
      reached('idle.tls', (moreRss * MB) / 1_024 / count);
      expect(moreRss).toBeGreaterThan(0);
    },
    time,
  );

  it(
    'an endless stream to a paused reader is paused as well, and then cut',
    async () => {
      const writeTimeout = isLong ? 10_000 : 1_000;
      let wasThere = false;
      const { moreRss, samples } = await siege.run({
        name: 'endless',
        count: 1,
        options: { writeTimeout },
        over: ({ connections }) => {
          wasThere ||= connections > 1;
          return wasThere && connections === 1;
        },
      });
      const half = samples.find(({ at }) => at > writeTimeout / 2)!;
      const end = samples.at(-1)!;
      reached('slow.pulled', end.pulled - half.pulled);
      reached('slow.rss', moreRss);
      reached('slow.cut', end.at / 1_000);
      expect(half.pulled).toBeGreaterThan(0);
    },
    time,
  );

  it(
    'replies that nobody reads stay within their bounds',
    async () => {
      const limits = isLong ? {} : { maxSendBufferSize: 2 * 1024 * 1024, writeTimeout: 1_000 };
      let most = 0;
      const { after, moreRss } = await siege.run({
        name: 'unread',
        count: isLong ? 40 : 4,
        options: limits,
        over: ({ connections }) => {
          most = Math.max(most, connections);
          return most > 1 && connections === 1;
        },
      });
      expect(after.connections).toBe(1);
      // The bound for all, what was made of it meanwhile, and the garbage of both.
      if (isLong) expect(moreRss).toBeLessThan(700);
    },
    time,
  );
});
