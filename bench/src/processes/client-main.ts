import 'reflect-metadata';

import { Logger } from '@nestjs/common';

import { entryOf } from '../contenders/catalogue.js';
import type { Caller } from '../workload/caller.js';
import { ClosedLoop } from '../workload/closed-loop.js';
import type { Load } from '../workload/load.js';
import { OpenLoop } from '../workload/open-loop.js';
import { Streams } from '../workload/streams.js';
import { obey } from './obey.js';
import type { ClientOrders, Work } from './orders.js';
import { rest, takeSample } from './sample.js';

let caller: Caller;
let load: Load | undefined;

function loadOf(work: Work): Load {
  return work.kind === 'closed'
    ? new ClosedLoop(caller, work.inFlight, work.message)
    : new Streams(caller, work.count, work.message);
}

const orders: ClientOrders = {
  async connect(contender, port) {
    caller = await (await entryOf(contender).load()).connect(port);
  },

  start(work) {
    load = loadOf(work);
    load.start();
    return Promise.resolve();
  },

  sample() {
    if (load?.failure) throw load.failure;
    return Promise.resolve({ ...takeSample(), replies: load?.replies ?? 0 });
  },

  async stop() {
    rest();
    await load?.stop();
    const failure = load?.failure;
    load = undefined;
    if (failure) throw failure;
  },

  openLoop: (rate, seconds, message) => new OpenLoop(caller, rate, seconds, message).run(),
};

// Some clients tell how connecting goes, in the midst of the figures.
Logger.overrideLogger(['error', 'warn']);
obey(orders);
