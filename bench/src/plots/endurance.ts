import type { ResultFile } from '../report/result-file.js';
import { type Line, lineChart } from './lines.js';
import { noteOf } from './picture.js';

export function endurancePlot(file: ResultFile): string | undefined {
  const lines = (['server', 'client'] as const).flatMap((side) =>
    file.contenders.flatMap(({ endurance, name, title }): Line[] =>
      endurance
        ? [
            {
              contender: name,
              title,
              pane: side,
              points: endurance.looks.map((look) => ({
                x: look.minute,
                y: (look[side].heap + look[side].external) / 2 ** 20,
              })),
            },
          ]
        : [],
    ),
  );
  return lineChart(
    { title: 'Live memory under load', note: noteOf(file) },
    { label: 'minutes' },
    { label: 'MiB' },
    lines,
  );
}
