import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const pages = execFileSync('git', ['ls-files', '*.md'], { encoding: 'utf8' }).trim().split('\n');

describe('the pages', () => {
  it('are more than a few', () => {
    expect(pages.length).toBeGreaterThan(10);
  });

  it.each(pages)('%s links to what there is', (page) => {
    const links = [...readFileSync(page, 'utf8').matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, link]) => link!);
    const missing = links.filter((link) => !/^\w+:/.test(link) && !existsSync(join(dirname(page), link)));
    expect(missing).toEqual([]);
  });
});
