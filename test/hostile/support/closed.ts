import type { Socket } from 'node:net';

/** Resolves when `socket` is gone, however that came: one that is closed with something unread in it resets its peer. */
export function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => resolve());
  });
}
