import 'reflect-metadata';

import { parseArgs } from 'node:util';

import { describeMachine } from '../measure/machine.js';
import type { Spread } from '../measure/statistics.js';
import { table } from '../report/table.js';
import { calls } from './calls.js';
import { contracts } from './contracts.js';
import { frames } from './frames.js';
import { measureAll } from './measure.js';
import { nestPipeline } from './nest-pipeline.js';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    rounds: { type: 'string', default: '15' },
    milliseconds: { type: 'string', default: '40' },
  },
});

const all = [...frames, ...contracts, ...calls, ...(await nestPipeline())];
const chosen = all.filter(({ name }) => name.includes(values.only));
const { cores, cpu, node } = describeMachine();
console.log(`Node ${node}, ${cores} cores, ${cpu}`);
console.log(`${chosen.length} micro-benchmarks, ${values.rounds} rounds of ${values.milliseconds} ms each\n`);

const figures = await measureAll(chosen, {
  rounds: Number(values.rounds),
  milliseconds: Number(values.milliseconds),
});

const ns = (value: number): string => (value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString('en'));
const range = ({ max, min }: Spread): string => `${ns(min)}..${ns(max)}`;
console.log(
  table(
    ['ns for one', 'CPU', 'min..max', 'wall clock', 'min..max'],
    figures.map(({ cpu, name, wall }) => [name, ns(cpu.median), range(cpu), ns(wall.median), range(wall)]),
  ),
);
