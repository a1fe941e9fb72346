import { World } from './world.js';

export interface Run {
  readonly problems: readonly string[];
  readonly calls: number;
  readonly completed: number;
  /** Calls that ran again because their handler, and nobody else, says that they may. */
  readonly rerun: number;
}

/** Runs the world of one seed. */
export async function run(seed: number): Promise<Run> {
  const world = new World(seed);
  await world.run();
  const completed = world.calls.filter(({ reply }) => reply.isCompleted).length;
  return { problems: world.problems, calls: world.calls.length, completed, rerun: world.rerun };
}
