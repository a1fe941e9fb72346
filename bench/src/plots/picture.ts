import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

import type { ResultFile } from '../report/result-file.js';

export interface Frame {
  readonly title: string;
  /** What it was measured on. */
  readonly note: string;
}

const FONT = 'system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif';
const WIDTH = 960;
/** For the title and the note. */
export const HEADING = 64;

/**
 * Light where the reader has it light, and dark where dark. With a ground of its own, as not every page does what the
 * reader's system says.
 */
const STYLE = `
svg { color: #1f2328; font-family: ${FONT}; }
.ground { fill: #ffffff; }
@media (prefers-color-scheme: dark) {
  svg { color: #e6edf3; }
  .ground { fill: #0d1117; }
}`;

/** A plot as a file of its own. Nothing here needs a browser. */
export function picture({ note, title }: Frame, options: Plot.PlotOptions): string {
  const { document } = parseHTML('<html></html>');
  const svg = Plot.plot({
    ...options,
    document,
    width: WIDTH,
    marginTop: HEADING + (options.marginTop ?? 0),
    style: { fontSize: '12px' },
  });
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', title);
  svg.querySelector('style')!.textContent = STYLE;
  const heading = `<rect class="ground" width="100%" height="100%"/>
<g text-anchor="start"><text x="12" y="24" font-size="16" font-weight="600">${title}</text>
<text x="12" y="44" opacity="0.7">${escaped(note)}</text></g>
`;
  return `${svg.outerHTML.replace('</style>', (end) => end + heading)}\n`;
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

export function noteOf({ date, machine, packages }: ResultFile): string {
  const { cores, cpu, node } = machine;
  return `Node ${node}, Nest ${packages['@nestjs/microservices']}, ${cores} cores of ${cpu}, ${date.slice(0, 10)}`;
}
