import { freePort } from '../../support/tcp-server.js';
import { RustServer } from './rust.js';

export const RMEMSTORE_PEER = 'test/interop/rmemstore-peer';

/**
 * Starts an rmemstore server and answers its port: the real one, where `RMEMSTORED` says which program that is, or else the
 * stand-in on the same old protosocket. Ended by `endRustPeers`.
 */
export async function startRmemstore(): Promise<number> {
  const real = process.env.RMEMSTORED;
  if (real === undefined) return (await RustServer.start(`${RMEMSTORE_PEER}/target/release/rmemstore-peer`)).port;
  const port = await freePort();
  const args = ['--size', '16mib', '--worker-threads', '1', 'plaintext', `127.0.0.1:${port}`];
  await RustServer.startSaying(/serving on/, real, args);
  return port;
}
