import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';

import { PROMISES, type Promised } from '../support/promise-table.js';
import { askedOf, judge, renewed, type Report } from '../support/verdicts.js';

const page = readFileSync('docs/reliability.md', 'utf8');
const promises = Object.entries<Promised>(PROMISES);
const tests = readdirSync('test', { recursive: true, encoding: 'utf8' }).map((path) => `test/${path}`);

describe('docs/reliability.md', () => {
  it('has the promises and their marks, and no other', () => {
    const ids = [...page.matchAll(/^`(\w+)`\. /gm)].map(([, id]) => id);
    expect(ids).toEqual(promises.map(([id]) => id));
    const rows = [...page.matchAll(/^\| `([\w.]+)` \| (.*?) \| (.*?) \|/gm)].map((row) => row.slice(1));
    const marks = promises.flatMap(([, promise]) => Object.entries(promise.marks));
    expect(rows).toEqual(marks.map(([id, mark]) => [id, mark.measured, askedOf(mark, 'long')]));
  });

  it.each(promises)('%s has a rig that measures it', (_, { marks, rig }) => {
    const files = tests.filter((path) => new RegExp(rig).test(path) && path.endsWith('.ts'));
    expect(files).not.toEqual([]);
    const source = [...files, 'test/interop/support/facts.ts'].map((path) => readFileSync(path, 'utf8')).join('\n');
    expect(Object.keys(marks).filter((id) => !source.includes(`reached('${id}'`))).toEqual([]);
  });
});

describe('the verdict', () => {
  const promised: Promised = {
    promise: 'nothing goes wrong',
    rig: 'none',
    marks: {
      most: { measured: 'time', unit: 's', is: 'at most', short: 3, long: 30 },
      least: { measured: 'calls', unit: '/s', is: 'at least', short: 10, long: 1_000 },
      counted: { measured: 'facts', is: 'at least', counted: true, short: 2, long: 2 },
    },
  };
  const verdictsOf = (form: 'short' | 'long', ...reports: Report[]): [string | undefined, boolean][] =>
    judge([promised], form, reports).map(({ reached, isKept }) => [reached, isKept]);

  it('is by the worst figure, or by how many there are', () => {
    const good = [
      { id: 'most', figure: 3 },
      { id: 'least', figure: 1_000 },
      { id: 'counted', figure: 7 },
      { id: 'counted', figure: 8 },
    ];
    const kept = [
      ['3 s', true],
      ['1,000/s', true],
      ['2', true],
    ];
    expect(verdictsOf('short', ...good)).toEqual(kept);
    expect(verdictsOf('long', ...good)).toEqual(kept);
    const worse = [...good, { id: 'most', figure: 3.14 }, { id: 'least', figure: 999 }, { id: 'counted', figure: 7 }];
    expect(verdictsOf('short', ...worse)).toEqual([
      ['3.14 s', false],
      ['999/s', true],
      ['2', true],
    ]);
    expect(verdictsOf('long', ...worse).map(([, isKept]) => isKept)).toEqual([true, false, true]);
  });

  it('is against what was not measured', () => {
    expect(verdictsOf('short')).toEqual(Array(3).fill([undefined, false]));
  });

  it('renews its row of the page, and leaves the others', () => {
    const before = '| `most` | x | x | 1 s | then |\n| `least` | x | x | 5/s | then |\n';
    const verdicts = judge([promised], 'long', [{ id: 'least', figure: 20, seed: 7 }]);
    expect(renewed(before, verdicts, 'now')).toBe(
      '| `most` | x | x | 1 s | then |\n| `least` | calls | at least 1,000/s | 20/s: **falls short** | now, seed 7 |\n',
    );
  });
});
