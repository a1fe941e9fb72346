import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { FACTS } from '../interop/support/fact-names.js';

const CASES = 'test/interop/facts';

const page = readFileSync('docs/facts.md', 'utf8');

/** The rows of the page: number, about, upstream, ours, why it differs. */
const rows = [...page.matchAll(/^\| \d+ \|.*\|$/gm)].map(([row]) =>
  row
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim()),
);

/** A case is the source from its number to the next one. */
const cases = readdirSync(CASES).flatMap((file) =>
  [...readFileSync(join(CASES, file), 'utf8').matchAll(/^ +fact: (\d+)\b((?!^ +fact: ).)*/gms)].map(
    ([source, number]) => ({ number, differs: /^ +ours: /m.test(source) }),
  ),
);

describe('docs/facts.md', () => {
  it('has the facts 1 to 22, and nothing else', () => {
    expect(rows.map(([number]) => number)).toEqual(Array.from({ length: 22 }, (_, i) => String(i + 1)));
    expect(rows.map(([number]) => number)).toEqual(Object.keys(FACTS));
  });

  it.each(Object.entries(FACTS))('has fact %s, %s, as its cases show it', (number, about) => {
    const [, title, upstream, ours, why] = rows.find(([of]) => of === number)!;
    expect(title).toBe(about);
    expect(upstream).not.toBe('');
    expect(ours).not.toBe('');
    const shown = cases.filter((each) => each.number === number);
    expect(shown).not.toEqual([]);
    // Whoever differs says why, and nobody else.
    expect(why !== '').toBe(shown.some(({ differs }) => differs));
  });
});
