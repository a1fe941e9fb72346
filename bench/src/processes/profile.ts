import { Session } from 'node:inspector/promises';

import { sharesOf } from '../profile/areas.js';
import type { Shares } from './orders.js';

/** In microseconds. */
const INTERVAL = 200;

/** What this process does for so many seconds, by area. */
export async function takeProfile(seconds: number): Promise<Shares> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: INTERVAL });
  await session.post('Profiler.start');
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  return sharesOf(profile);
}
