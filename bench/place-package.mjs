// Puts the built package into bench/node_modules, as a real folder. A link would lead its imports of @nestjs/* and rxjs
// to the root's node_modules: two copies in one process, and what one makes is no `instanceof` of the other.
import { cpSync, rmSync } from 'node:fs';

const root = new URL('../', import.meta.url);
const place = new URL('node_modules/nestjs-protosocket/', import.meta.url);

rmSync(place, { recursive: true, force: true });
for (const part of ['package.json', 'dist']) cpSync(new URL(part, root), new URL(part, place), { recursive: true });
