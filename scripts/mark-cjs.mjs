// The package is ESM, so Node would take dist/cjs for ESM as well, were it not told otherwise.
import { writeFileSync } from 'node:fs';

writeFileSync(new URL('../dist/cjs/package.json', import.meta.url), '{"type":"commonjs"}\n');
