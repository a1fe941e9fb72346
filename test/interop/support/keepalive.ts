import { existsSync, readFileSync } from 'node:fs';

const CONNECTIONS = '/proc/net/tcp';
const SYSTEM = '/proc/sys/net/ipv4/tcp_keepalive_time';

/** Where the system tells of the timers of connections. */
export const tellsKeepalive = existsSync(CONNECTIONS) && existsSync(SYSTEM);

/** After how many seconds of silence the system asks, unless somebody says otherwise. */
export const systemKeepalive = tellsKeepalive ? Number(readFileSync(SYSTEM, 'utf8')) : NaN;

/** The timer that asks after the peer, of the socket of loopback with this port and the peer with that. */
const KEEPALIVE_TIMER = '02';

/** In how many seconds the system will ask after the peer of that socket. Nothing if it will not. */
export function keepaliveOf(port: number, peerPort: number): number | undefined {
  for (const line of readFileSync(CONNECTIONS, 'utf8').split('\n')) {
    const [, local, peer, , , timer = ''] = line.trim().split(/\s+/);
    if (local !== address(port) || peer !== address(peerPort)) continue;
    const [kind, when = ''] = timer.split(':');
    return kind === KEEPALIVE_TIMER ? Math.round(parseInt(when, 16) / 100) : undefined;
  }
  return undefined;
}

const address = (port: number): string => `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
