import 'reflect-metadata';

import { entryOf } from '../contenders/catalogue.js';
import { obey } from './obey.js';
import type { ServerOrders } from './orders.js';
import { rest, takeSample } from './sample.js';

const orders: ServerOrders = {
  async serve(contender, port) {
    await (await entryOf(contender).load()).serve(port);
  },
  sample: () => Promise.resolve(takeSample()),
  rest: () => Promise.resolve(rest()),
};

obey(orders);
