import type { Socket } from 'node:net';

import { ConnectFailedError } from '../errors/index.js';

/** Resolves when `socket` is connected, TLS handshake included; rejects when it fails to. */
export function established(socket: Socket, isTls: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (outcome: () => void): void => {
      socket.off('error', failed);
      socket.off('close', closed);
      outcome();
    };
    const failed = (error: Error): void => settle(() => reject(error));
    const closed = (): void => settle(() => reject(new ConnectFailedError('The connection was closed at once')));
    socket.once(isTls ? 'secureConnect' : 'connect', () => settle(resolve));
    socket.on('error', failed);
    // A socket may fail twice; the second time there is nobody left to be told, and Node would end the process.
    socket.on('error', () => undefined);
    socket.on('close', closed);
  });
}
