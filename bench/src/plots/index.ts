import { writeFileSync } from 'node:fs';

import type { ResultFile } from '../report/result-file.js';
import { endurancePlot } from './endurance.js';
import { latencyPlot } from './latency.js';
import { connectionsPlot, costPlot, payloadsPlot } from './sweeps.js';
import { throughputPlot } from './throughput.js';

const plots = {
  throughput: throughputPlot,
  cost: costPlot,
  latency: latencyPlot,
  payloads: payloadsPlot,
  connections: connectionsPlot,
  endurance: endurancePlot,
};

/** Draws what the results have, beside their file, and answers where: `quick.json` has `quick-cost.svg`. */
export function drawPlots(results: ResultFile, file: string): string[] {
  return Object.entries(plots).flatMap(([name, plot]) => {
    const svg = plot(results);
    if (svg === undefined) return [];
    const path = file.replace(/(\.json)?$/, `-${name}.svg`);
    writeFileSync(path, svg);
    return [path];
  });
}
