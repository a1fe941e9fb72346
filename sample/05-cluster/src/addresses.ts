/** Loopback only: a sample has no business on the network. */
export const HOST = '127.0.0.1';

/** The one port of all workers. */
export const PORT = Number(process.env.PORT ?? 3001);

/** Whether each worker listens by itself, and not through the primary of the cluster. */
export const REUSE_PORT = process.env.REUSE_PORT !== undefined;
