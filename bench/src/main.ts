import { describeMachine } from './measure/machine.js';
import { Run } from './measure/run.js';
import { type Plan, readPlan } from './plan.js';
import { drawPlots } from './plots/index.js';
import { resultFile, writeResults } from './report/result-file.js';

async function bench(plan: Plan): Promise<void> {
  const run = new Run(plan, (line) => console.log(line));
  process.once('SIGINT', () => run.stop());
  const { cores, cpu, node } = describeMachine();
  const { client, server } = run.cores;
  run.say(`Node ${node}, ${cores} cores, ${cpu}`);
  run.say(
    server === undefined
      ? 'The processes are not pinned: that takes two cores and taskset'
      : `Servers on core ${server}, clients on core ${client}`,
  );
  for (const suite of plan.suites) {
    run.say(`\n${suite.name}: ${suite.about}`);
    await suite.measure(run);
  }

  for (const suite of plan.suites) run.say(`\n${suite.report(run).join('\n\n')}`);
  const results = resultFile(run);
  writeResults(plan.out, results);
  run.say(`\nEach window is in ${plan.out}`);
  for (const plot of drawPlots(results, plan.out)) run.say(`Plot: ${plot}`);
  for (const { entry, missing, reason, suite } of run.results.failures) {
    run.say(`Not measured in full: ${entry.name} in ${suite}: ${reason}`);
    if (!missing) process.exitCode = 1;
  }
}

const plan = readPlan(process.argv.slice(2));
if (plan) await bench(plan);
