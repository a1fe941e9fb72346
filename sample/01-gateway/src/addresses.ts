/** Loopback only: a sample has no business on the network. */
export const HOST = '127.0.0.1';

/** Where the gateway takes HTTP. */
export const HTTP_PORT = Number(process.env.PORT ?? 3000);

/** Where the microservice takes protosockets. */
export const PROTOSOCKET_PORT = Number(process.env.PROTOSOCKET_PORT ?? 3001);
