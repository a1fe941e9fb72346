/** Loopback only: a sample has no business on the network. */
export const HOST = '127.0.0.1';

/** Where the gateway takes HTTP. */
export const HTTP_PORT = Number(process.env.PORT ?? 3000);

/** Where an rmemstored listens already. Without it, the sample serves the contract itself. */
export const RMEMSTORED_PORT =
  process.env.RMEMSTORED_PORT === undefined ? undefined : Number(process.env.RMEMSTORED_PORT);

/** Where rmemstored listens if nobody says otherwise. */
export const STORE_PORT = RMEMSTORED_PORT ?? 9466;
