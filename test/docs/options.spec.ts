import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import ts from 'typescript';

const page = readFileSync('docs/options.md', 'utf8');

/** The names of the options of an interface, read from the source: types are gone at run time. */
function optionsOf(file: string, ...names: string[]): string[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2023);
  return source.statements
    .filter(ts.isInterfaceDeclaration)
    .filter(({ name }) => names.includes(name.text))
    .flatMap(({ members }) => members.map((member) => (member.name as ts.Identifier).text));
}

const options = [
  ...optionsOf('lib/nest/options.ts', 'ProtosocketOptions', 'ProtosocketServerOptions', 'ProtosocketClientOptions'),
  ...optionsOf('lib/connection/limits.ts', 'ConnectionLimits'),
  ...optionsOf('lib/rpc/limits.ts', 'CallLimits'),
  ...optionsOf('lib/session/limits.ts', 'ListenerLimits'),
];

describe('docs/options.md', () => {
  it('has every option, and no other', () => {
    const documented = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
    expect(documented.sort()).toEqual([...new Set(options)].sort());
  });

  it('has each row in a table: a blank line ends one, and the next row would be text', () => {
    const begins = [...page.matchAll(/(?:^|\n\n)\|.*\n(.*)/g)];
    expect(begins.length).toBeGreaterThan(3);
    for (const [, second] of begins) expect(second).toMatch(/^\|(?:-+:?\|)+$/);
  });
});
