/** The kernel asks after a peer that has been silent for this long, in milliseconds; Linux' own default is two hours. */
export const TCP_KEEPALIVE_DELAY = 30_000;
