import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** rmemstore's server, which is no published crate: its repository alone has it. */
export const REPOSITORY = process.env.RMEMSTORED_GIT ?? 'https://github.com/kvc0/rmemstore';

/** Version 0.1.8. */
const COMMIT = '6393ee43aaf6514008c9a5f022c3833f2ea9e9d6';

/** Nobody waits longer than this to learn that there is no network. */
const ANSWER_WITHIN = 15_000;

/** Builds that are killed go on from there the next time. */
const BUILD_WITHIN = 1_200_000;

const FOLDER = resolve('test/interop/rmemstore-peer/target/rmemstored');
const ROOT = join(FOLDER, COMMIT);
const BUILT = join(ROOT, 'bin/rmemstored');

/** As for the stand-in: a quick build matters more than the last bit of speed. */
const PROFILE = {
  CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '16',
  CARGO_PROFILE_RELEASE_DEBUG: 'false',
  CARGO_PROFILE_RELEASE_LTO: 'off',
  CARGO_PROFILE_RELEASE_OPT_LEVEL: '1',
};

/**
 * The program that `RMEMSTORED` names, or the one that {@link buildRmemstored} builds. Nothing, if that is not there yet and
 * the repository cannot be reached.
 */
export function findRmemstored(): string | undefined {
  if (process.env.RMEMSTORED !== undefined) return process.env.RMEMSTORED;
  return existsSync(BUILT) || isReachable() ? BUILT : undefined;
}

function isReachable(): boolean {
  // One that asks for a password is not.
  const env = { ...process.env, GIT_TERMINAL_PROMPT: '0' };
  return spawnSync('git', ['ls-remote', REPOSITORY, 'HEAD'], { env, timeout: ANSWER_WITHIN }).status === 0;
}

/** Builds the server from its repository, where that is not done yet: about two minutes on two cores. */
export function buildRmemstored(): void {
  if (process.env.RMEMSTORED !== undefined || existsSync(BUILT)) return;
  const source = ['--git', REPOSITORY, '--rev', COMMIT, '--locked', 'rmemstored'];
  const places = ['--root', ROOT, '--target-dir', join(FOLDER, 'build')];
  execFileSync('cargo', ['install', '--quiet', '--no-track', ...source, ...places], {
    env: { ...process.env, ...PROFILE },
    stdio: 'inherit',
    timeout: BUILD_WITHIN,
  });
}
