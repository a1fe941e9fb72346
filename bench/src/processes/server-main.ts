import 'reflect-metadata';

import { contenderOf } from '../contenders/catalogue.js';
import { held } from '../workload/held.js';
import { takeMemory } from './memory.js';
import { obey } from './obey.js';
import type { ServerOrders } from './orders.js';
import { takeProfile } from './profile.js';
import { rest, takeSample } from './sample.js';

const orders: ServerOrders = {
  async serve(name, port) {
    await (await contenderOf(name)).serve(port);
  },
  sample: () => Promise.resolve(takeSample()),
  memory: () => Promise.resolve(takeMemory()),
  profile: takeProfile,
  held: () => Promise.resolve(held.count),
  release: () => Promise.resolve(held.release()),
  rest: () => Promise.resolve(rest()),
};

obey(orders);
