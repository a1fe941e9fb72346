import type { Profiler } from 'node:inspector';

import type { Shares } from '../processes/orders.js';

/** @param isNative It is Node's or V8's own, and not JavaScript. */
type IsThere = (file: string, name: string, isNative: boolean) => boolean;

/** Where time goes, and how a function of a profile is known to be there. The first that fits counts. */
const areas: readonly (readonly [area: string, is: IsThere])[] = [
  ['garbage collection', (_, name) => name === '(garbage collector)'],
  ['microtasks', (_, name) => name === 'runMicrotasks'],
  ['JSON', (file) => file.includes('/contract/json/')],
  ['protobufjs', (file, _, isNative) => file.includes('/protobufjs/') || (file === '' && !isNative)],
  ['contract: envelope', (file) => file.includes('/nestjs-protosocket/dist/esm/contract/')],
  ['wire: frames', (file) => file.includes('/nestjs-protosocket/dist/esm/wire/')],
  ['connection', (file) => file.includes('/nestjs-protosocket/dist/esm/connection/')],
  ['rpc and session', (file) => /nestjs-protosocket\/dist\/esm\/(rpc|session)\//.test(file)],
  ['nest: the bridge', (file) => file.includes('/nestjs-protosocket/dist/esm/nest/')],
  ["Nest's pipeline", (file) => file.includes('/@nestjs/')],
  ['RxJS', (file) => file.includes('/rxjs/')],
  ['the load itself', (file) => /\/(workload|contenders)\//.test(file)],
  ['strings to bytes and back', (file, name) => file === 'node:buffer' || /^(utf8|latin1)(Slice|Write)$/.test(name)],
  ['socket', (file, name) => file.startsWith('node:') || /^(writeBuffer|writev|dispatch)$/.test(name)],
];

const OTHER = 'other';

/** What is no script. What protobufjs and this transport compile for each type is one, but has no file. */
const NO_SCRIPT = '0';

/** The share of each area in what a process did, without the time in which it had nothing to do; the largest first. */
export function sharesOf({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Shares {
  const byId = new Map(nodes.map(({ callFrame, id }) => [id, callFrame]));
  const times = new Map<string, number>();
  let total = 0;
  samples.forEach((id, index) => {
    const { functionName, scriptId, url } = byId.get(id)!;
    if (functionName === '(idle)') return;
    const area = areas.find(([, is]) => is(url, functionName, scriptId === NO_SCRIPT))?.[0] ?? OTHER;
    times.set(area, (times.get(area) ?? 0) + timeDeltas[index]!);
    total += timeDeltas[index]!;
  });
  return [...times].map(([area, time]): [string, number] => [area, time / total]).sort(([, a], [, b]) => b - a);
}
