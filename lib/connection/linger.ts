import type { Socket } from 'node:net';

/** How long a peer may take nothing of what is left, in milliseconds; and then, how long to answer the FIN. */
const LINGER = 1_000;

/**
 * Says FIN behind what waits to be sent. A peer that takes its time gets all of it; one that takes nothing for a while, or
 * does not answer the FIN, is cut.
 */
export function endSocket(socket: Socket): void {
  socket.end();
  let left = socket.writableLength;
  const timer = setInterval(() => {
    const moved = socket.writableLength < left;
    left = socket.writableLength;
    if (!moved) socket.destroy();
  }, LINGER);
  // The peer's time for its FIN begins with ours.
  socket.once('finish', () => timer.refresh());
  socket.once('close', () => clearInterval(timer));
}
