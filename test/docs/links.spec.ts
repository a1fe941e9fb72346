import { describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const others = ['.git', 'node_modules', 'target', 'dist', 'dist-sample', 'coverage'];

function pagesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return others.includes(entry.name) ? [] : pagesIn(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

const pages = pagesIn('.');

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
