import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';

/** The lines of a source that are neither blank nor comments nor imports. */
const codeOf = (source: string): string[] =>
  source
    .replace(/^import [^;]*;$|\/\*.*?\*\//gms, '')
    .split('\n')
    .filter((line) => /\S/.test(line));

describe('docs/contracts.md', () => {
  it('shows the contract of lines as it is tested, in thirty lines', () => {
    const source = readFileSync('test/support/line-contract.ts', 'utf8');
    expect(readFileSync('docs/contracts.md', 'utf8')).toContain(source);
    expect(codeOf(source).length).toBeGreaterThan(20);
    expect(codeOf(source).length).toBeLessThanOrEqual(30);
  });

  it.each([
    ['protobuf', 'lib/contract/protobuf/protobuf-contract.ts', 'ProtobufContractOptions'],
    ['MessagePack', 'lib/contract/messagepack/messagepack-contract.ts', 'MessagePackContractOptions'],
  ])('names every option of %s', (_, file, name) => {
    const page = readFileSync('docs/contracts.md', 'utf8');
    const [, members] = new RegExp(`interface ${name} \\{(.*?)\\n\\}`, 's').exec(readFileSync(file, 'utf8'))!;
    const options = [...members!.matchAll(/^ {2}readonly (\w+)/gm)].map(([, option]) => option);
    expect(options.length).toBeGreaterThan(5);
    expect(options.filter((option) => !page.includes(`\`${option}\``) && !page.includes(`  ${option}: `))).toEqual([]);
  });
});
