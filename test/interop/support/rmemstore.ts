import { describe } from '@jest/globals';

import { type Describe, isRequired, whenAvailable } from './required.js';
import { buildRmemstored, findRmemstored, REPOSITORY } from './rmemstored.js';
import { buildRust, RustServer } from './rust.js';
import { freePort } from '../../support/free-port.js';

export const RMEMSTORE_PEER = 'test/interop/rmemstore-peer';

/** A server that speaks rmemstore's contract. */
export interface RmemstoreServer {
  readonly name: string;
  /** `describe` for what needs it. */
  readonly describe: Describe;
  /** Quick, where it is built already. */
  readonly build: () => void;
  /** Starts one and answers its port. Ended by `endRustPeers`. */
  readonly start: () => Promise<number>;
}

const standIn: RmemstoreServer = {
  name: 'the stand-in',
  describe,
  build: () => buildRust(RMEMSTORE_PEER),
  start: async () => (await RustServer.start(`${RMEMSTORE_PEER}/target/release/rmemstore-peer`)).port,
};

/** Whether somebody has said that the stand-in is enough where the real one cannot be had. */
const standInSuffices = process.env.RMEMSTORED_STAND_IN === 'suffices';

function real(): RmemstoreServer {
  const program = findRmemstored();
  const missing = `rmemstored (${REPOSITORY} cannot be reached)`;
  return {
    name: 'rmemstored',
    describe: whenAvailable(missing, program !== undefined, isRequired && !standInSuffices),
    build: buildRmemstored,
    start: async () => {
      const port = await freePort();
      const args = ['--size', '16mib', '--worker-threads', '1', 'plaintext', `127.0.0.1:${port}`];
      await RustServer.startSaying(/serving on/, program!, args);
      return port;
    },
  };
}

/** The stand-in on the same old protosocket, and the real one where it is to be had. */
export const rmemstoreServers = (): RmemstoreServer[] => [standIn, real()];
