import type { Footprint, Share } from '../measure/footprint.js';
import type { Results } from '../measure/results.js';
import type { MemorySample } from '../processes/memory.js';
import { thousands } from '../numbers.js';
import { table } from './table.js';

/** What memory one more connection, or one more call, takes. */
export function footprintTable(
  results: Results,
  title: string,
  of: (footprint: Footprint) => Share | undefined,
): string {
  const cells = ({ external, heap, resident }: MemorySample): string[] => [
    thousands(heap + external),
    thousands(resident),
  ];
  const rows = results.entries(results.footprints).flatMap((entry) => {
    const share = of(results.footprints.get(entry)!);
    return share ? [[entry.title, ...cells(share.server), ...cells(share.client), thousands(share.count)]] : [];
  });
  return table([title, 'server heap', 'server RSS', 'client heap', 'client RSS', 'measured with'], rows);
}
