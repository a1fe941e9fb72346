import 'reflect-metadata';

import { Logger } from '@nestjs/common';

import { contenderOf } from '../contenders/catalogue.js';
import { ClosedLoop } from '../workload/closed-loop.js';
import { HeldCalls } from '../workload/held-calls.js';
import type { Load } from '../workload/load.js';
import { OpenLoop } from '../workload/open-loop.js';
import { replyStreams, requestStreams, Streams } from '../workload/streams.js';
import { Connections } from './connections.js';
import { takeMemory } from './memory.js';
import { obey } from './obey.js';
import type { ClientOrders, Work } from './orders.js';
import { takeProfile } from './profile.js';
import { rest, takeSample } from './sample.js';

let connections: Connections;
let load: Load | undefined;

const text = (payload: number): string => 'x'.repeat(payload);

function loadOf(work: Work): Load {
  const { caller } = connections;
  const message = text(work.payload);
  switch (work.kind) {
    case 'closed':
      return new ClosedLoop(caller, work.inFlight, message);
    case 'streams':
      return new Streams(caller, replyStreams, work.count, message);
    case 'uploads':
      return new Streams(caller, requestStreams, work.count, message);
    case 'held':
      return new HeldCalls(caller, work.count, message);
  }
}

const orders: ClientOrders = {
  async connect(name, port) {
    const contender = await contenderOf(name);
    connections = new Connections(() => contender.connect(port));
    await connections.open(1);
  },

  open: (count) => connections.open(count),

  async start(work) {
    await connections.open(work.kind === 'closed' ? (work.connections ?? 1) : 1);
    load = loadOf(work);
    load.start();
  },

  sample() {
    if (load?.failure) throw load.failure;
    return Promise.resolve({ ...takeSample(), replies: load?.replies ?? 0 });
  },

  memory: () => Promise.resolve(takeMemory()),
  profile: takeProfile,

  async stop() {
    rest();
    await load?.stop();
    const failure = load?.failure;
    load = undefined;
    if (failure) throw failure;
  },

  openLoop: (rate, seconds, payload) => new OpenLoop(connections.caller, rate, seconds, text(payload)).run(),
};

// Some clients tell how connecting goes, in the midst of the figures.
Logger.overrideLogger(['error', 'warn']);
obey(orders);
