import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

export interface Cores {
  readonly server: number | undefined;
  readonly client: number | undefined;
}

/** One core for each side where that can be had, so that neither takes the other's time and the figures add up. */
export function chooseCores(): Cores {
  const canPin = availableParallelism() >= 2 && ['0', '1'].every((core) => runsOn(core));
  return canPin ? { server: 0, client: 1 } : { server: undefined, client: undefined };
}

const runsOn = (core: string): boolean =>
  spawnSync('taskset', ['-c', core, process.execPath, '--version'], { stdio: 'ignore' }).status === 0;
