import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import type { Role } from './orders.js';

const FOLDER = fileURLToPath(new URL('../../rust', import.meta.url));

export const rustProgram = (role: Role): string => `${FOLDER}/target/release/${role}`;

/** How to get what builds the Rust programs; `undefined` if it is there. */
export function missingCargo(): string | undefined {
  const found = spawnSync('cargo', ['--version'], { stdio: 'ignore' }).status === 0;
  return found ? undefined : 'cargo is not installed: https://rustup.rs';
}

/** Takes a minute, and no time when they are built already. */
export function buildRust(): void {
  execFileSync('cargo', ['build', '--release', '--locked', '--quiet'], { cwd: FOLDER, stdio: 'inherit' });
}
