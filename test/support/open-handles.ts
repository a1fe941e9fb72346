import { setTimeout as sleep } from 'node:timers/promises';

const kinds = ['TCPServerWrap', 'TCPSocketWrap', 'TCPConnectWrap', 'PipeServerWrap', 'PipeConnectWrap', 'TLSWrap'];

/** The servers and sockets that this process has open. */
function openHandles(): string[] {
  return process.getActiveResourcesInfo().filter((kind) => kinds.includes(kind));
}

/** Throws unless all servers and sockets of this process are closed, or about to be. */
export async function assertNoOpenHandles(): Promise<void> {
  for (let turns = 0; openHandles().length > 0; turns++) {
    if (turns === 100) throw new Error(`Left open after the test: ${openHandles().join(', ')}`);
    await sleep(2);
  }
}
