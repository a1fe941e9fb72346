import { ResourceExhaustedError } from '../errors/index.js';
import type { ListenerLimits } from './limits.js';

/** Counts the connections of a server, and says when there are too many. */
export class Admission {
  private readonly byOrigin = new Map<string, number>();
  private count = 0;

  constructor(private readonly limits: Pick<ListenerLimits, 'maxConnections' | 'maxConnectionsPerAddress'>) {}

  /**
   * Admits a connection from `address`, and answers what to call when it is over; or why it is not admitted.
   *
   * @param address `undefined` for a Unix domain socket, whose peers have none.
   */
  admit(address: string | undefined): (() => void) | ResourceExhaustedError {
    const { maxConnections, maxConnectionsPerAddress } = this.limits;
    if (maxConnections > 0 && this.count >= maxConnections) {
      return new ResourceExhaustedError(`There are ${maxConnections} connections, and no room for one more`);
    }
    const origin = maxConnectionsPerAddress > 0 && address !== undefined ? originOf(address) : undefined;
    if (origin === undefined) return this.counted();
    if ((this.byOrigin.get(origin) ?? 0) >= maxConnectionsPerAddress) {
      return new ResourceExhaustedError(`There are ${maxConnectionsPerAddress} connections from ${origin}`);
    }
    return this.counted(origin);
  }

  private counted(origin?: string): () => void {
    this.count++;
    if (origin === undefined) return () => this.count--;
    this.byOrigin.set(origin, (this.byOrigin.get(origin) ?? 0) + 1);
    return () => {
      this.count--;
      const left = this.byOrigin.get(origin)! - 1;
      if (left > 0) this.byOrigin.set(origin, left);
      else this.byOrigin.delete(origin);
    };
  }
}

/** An IPv4 address, also one that is written as IPv6; or the first 64 bits of one of IPv6. */
function originOf(address: string): string {
  if (address.includes('.')) return address.slice(address.lastIndexOf(':') + 1);
  const [head = '', tail] = address.split('%')[0]!.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const last = tail === '' ? [] : tail.split(':');
    while (groups.length + last.length < 8) groups.push('0');
    groups.push(...last);
  }
  return `${groups.slice(0, 4).join(':')}::/64`;
}
