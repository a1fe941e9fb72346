import { beforeAll, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { whenAvailable } from './support/required.js';
import { buildRust, hasCargo, program } from './support/rust.js';

whenAvailable('cargo', hasCargo)('the golden vectors', () => {
  beforeAll(() => buildRust(), 600_000);

  it.each(['echo', 'rmemstore'])('of %s are what upstream writes', (contract) => {
    const written = execFileSync(program('vectors'), [contract], { encoding: 'utf8', maxBuffer: 2 ** 26 });
    expect(readFileSync(`test/interop/vectors/${contract}.json`, 'utf8')).toBe(written);
  });
});
