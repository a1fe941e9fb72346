// Draws the plots of a run again, from its file.
import { drawPlots } from './plots/index.js';
import { readResults } from './report/result-file.js';

const paths = process.argv.slice(2);
if (paths.length === 0) {
  console.error('npm run bench:plots -- bench/results/full.json');
  process.exitCode = 1;
}
for (const path of paths) for (const plot of drawPlots(readResults(path), path)) console.log(plot);
