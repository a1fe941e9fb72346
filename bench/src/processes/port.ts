import { type AddressInfo, connect, createServer } from 'node:net';

import { HOST } from '../contenders/contender.js';
import { pause } from '../measure/within.js';

/** A port that is free now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, HOST, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** Resolves when somebody listens on `port`. */
export async function listening(port: number, milliseconds: number): Promise<void> {
  for (const end = performance.now() + milliseconds; ; await pause(50)) {
    if (await accepts(port)) return;
    if (performance.now() > end) throw new Error(`Nobody listens on port ${port}`);
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, HOST);
    const settle = (accepted: boolean): void => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}
