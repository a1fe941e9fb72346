import { Campaign } from './measure/campaign.js';
import { describeMachine } from './measure/machine.js';
import { type Plan, readPlan } from './plan.js';
import { figuresTable } from './report/figures-table.js';
import { openLoopTable } from './report/open-loop-table.js';
import { ratiosTable } from './report/ratios-table.js';
import { writeResults } from './report/result-file.js';

async function bench(plan: Plan): Promise<void> {
  const { cores, cpu, node } = describeMachine();
  console.log(`Node ${node}, ${cores} cores, ${cpu}`);
  const campaign = new Campaign(plan, (line) => console.log(line));
  process.once('SIGINT', () => campaign.stop());
  const results = await campaign.run();

  const tables = campaign.points.map((point) => figuresTable(results, plan.entries, point));
  if (plan.openLoop) tables.push(openLoopTable(results, plan));
  tables.push(ratiosTable(results, plan.entries, campaign.points));
  console.log(`\n${tables.join('\n\n')}\n`);
  writeResults(plan, campaign.points, results);
  console.log(`Each window is in ${plan.out}`);
  for (const [entry, reason] of results.failures) {
    console.log(`Not measured in full: ${entry.name}: ${reason}`);
    if (!entry.broker) process.exitCode = 1;
  }
}

const plan = readPlan(process.argv.slice(2));
if (plan) await bench(plan);
