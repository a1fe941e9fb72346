import { buildRmemstored, findRmemstored } from './rmemstored.js';
import { buildRust, RustServer } from './rust.js';
import { freePort } from '../../support/free-port.js';

export const RMEMSTORE_PEER = 'test/interop/rmemstore-peer';

/** A server that speaks rmemstore's contract. */
export interface RmemstoreServer {
  readonly name: string;
  /** Quick, where it is built already. */
  readonly build: () => void;
  /** Starts one and answers its port. Ended by `endRustPeers`. */
  readonly start: () => Promise<number>;
}

const standIn: RmemstoreServer = {
  name: 'the stand-in',
  build: () => buildRust(RMEMSTORE_PEER),
  start: async () => (await RustServer.start(`${RMEMSTORE_PEER}/target/release/rmemstore-peer`)).port,
};

const real = (program: string): RmemstoreServer => ({
  name: 'rmemstored',
  build: buildRmemstored,
  start: async () => {
    const port = await freePort();
    const args = ['--size', '16mib', '--worker-threads', '1', 'plaintext', `127.0.0.1:${port}`];
    await RustServer.startSaying(/serving on/, program, args);
    return port;
  },
});

/** The stand-in on the same old protosocket, and the real one where it is to be had. */
export function rmemstoreServers(): RmemstoreServer[] {
  const program = findRmemstored();
  return program === undefined ? [standIn] : [standIn, real(program)];
}
