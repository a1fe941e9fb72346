import type { Work } from '../processes/orders.js';
import type { Plan } from '../plan.js';

/** A load that each contender is put under. */
export interface LoadPoint {
  readonly title: string;
  readonly work: Work;
}

export function loadPoints({ inFlight, message, streams }: Plan): LoadPoint[] {
  return [
    ...inFlight.map(closedPoint(message)),
    { title: `${streams} streams`, work: { kind: 'streams', count: streams, message } },
  ];
}

const closedPoint =
  (message: string) =>
  (inFlight: number): LoadPoint => ({
    title: `${inFlight.toLocaleString('en')} in flight`,
    work: { kind: 'closed', inFlight, message },
  });
