import { setTimeout as sleep } from 'node:timers/promises';

const kinds = ['TCPServerWrap', 'TCPSocketWrap', 'TCPConnectWrap', 'PipeServerWrap', 'PipeConnectWrap', 'TLSWrap'];

/** The servers and sockets that this process has open. */
function openHandles(): string[] {
  return process.getActiveResourcesInfo().filter((kind) => kinds.includes(kind));
}

/** What listens to this process, such as shutdown hooks. */
function listeners(): string[] {
  return process.eventNames().map((event) => `${String(event)} ${process.listenerCount(event)}`);
}

const before = listeners();

/** Throws unless all servers and sockets are closed, or about to be, and nothing listens that did not before. */
export async function assertNoOpenHandles(): Promise<void> {
  for (let turns = 0; openHandles().length > 0; turns++) {
    if (turns === 100) throw new Error(`Left open after the test: ${openHandles().join(', ')}`);
    await sleep(2);
  }
  const left = listeners().filter((each) => !before.includes(each));
  if (left.length > 0) throw new Error(`Left listening after the test: ${left.join(', ')}`);
}
