/** What all connections of a server may cost it together. 0 switches a limit off. */
export interface ListenerLimits {
  /** How many connections there may be. Default 16,384. One more is closed at once. */
  readonly maxConnections: number;

  /**
   * How many connections there may be from one address; of IPv6, from one network of 64 bits, which is what one peer is
   * given. Default 0, no limit: a proxy or a gateway has all its connections from one address.
   */
  readonly maxConnectionsPerAddress: number;

  /**
   * How many bytes may wait in all connections together for peers that do not read. Default 256 MiB. Above it the
   * connection with the most is closed.
   */
  readonly maxTotalSendBufferSize: number;
}

export const defaultListenerLimits: ListenerLimits = {
  maxConnections: 16_384,
  maxConnectionsPerAddress: 0,
  maxTotalSendBufferSize: 256 * 1024 * 1024,
};
