interface Threat {
  readonly about: string;
  /** What this transport does, and what Nest's own over TCP does. */
  readonly ours: string;
  readonly tcp: string;
}

/** The threats, each with a script of its own in `test/hostile`; `docs/security.md` is held to them. */
export const THREATS = {
  garbage: {
    about: 'bytes that are no message',
    ours: 'closes the connection; the log has the reason and the peer, and none of its bytes',
    tcp: 'closes the connection; the log has neither the reason nor the peer',
  },
  oversize: {
    about: 'a message longer than `maxBufferSize`',
    ours: 'closes the connection at its announcement',
    tcp: 'closes the connection once so much has been buffered',
  },
  drip: {
    about: 'a message that comes byte by byte, and does not end',
    ours: 'closes the connection `incompleteMessageTimeout` after the first byte',
    tcp: 'waits as long as a byte comes now and then',
  },
  segments: {
    about: 'messages in segments of one byte, of which few come whole',
    ours: 'takes those that are whole; memory grows with the bytes that came, not with those announced',
    tcp: 'takes those that are whole',
  },
  batch: {
    about: 'thousands of messages in one write',
    ours: 'takes a few hundred in a turn of the event loop, and others have theirs',
    tcp: 'takes all that was read in one turn',
  },
  unread: {
    about: 'replies that are not read',
    ours: 'stops reading, fails what is above `maxSendBufferSize`, and closes after `writeTimeout`',
    tcp: 'stops reading, and closes above `maxSendBufferSize`; below it the replies wait for ever',
  },
  flood: {
    about: 'more calls than can be worked on',
    ours: 'works on `maxCallsInFlight` of a connection, and refuses the others at once',
    tcp: 'works on all of them',
  },
  reset: {
    about: 'calls that are cancelled at once, without end (rapid reset)',
    ours: 'works on `maxCallsInFlight` at most, and closes the connection above `cancelBurst`',
    tcp: 'has no Cancel: handlers work on for a caller that has gone, however many',
  },
  connections: {
    about: 'connections without end',
    ours: 'closes those above `maxConnections` or `maxConnectionsPerAddress` at once, and logs a few of them',
    tcp: 'takes them all',
  },
  descriptors: {
    about: 'connections until the process has no file descriptors left (EMFILE)',
    ours: 'goes on, and serves again when there are some',
    tcp: 'goes on, and serves again when there are some',
  },
  deep: {
    about: 'JSON that nests a hundred thousand deep',
    ours: 'fails the call before it is parsed, and the handler does not run',
    tcp: 'runs the handler with it, and has no answer when the reply cannot be written',
  },
  proto: {
    about: 'a key `__proto__`, for a handler that copies what it gets',
    ours: 'drops the key',
    tcp: 'hands it over: every object of the process may be changed',
  },
  pattern: {
    about: 'a pattern of a hundred kilobytes',
    ours: 'refuses the call, and logs the first characters',
    tcp: 'logs all of it',
  },
  unknown: {
    about: 'events without a handler, by the thousand',
    ours: 'logs a few in a second, and how many there were more',
    tcp: 'logs a line for each',
  },
  throwing: {
    about: 'handlers that throw, and replies that cannot be written',
    ours: 'fails the call, each with its error; no stack and no text of an unknown error leaves the process',
    tcp: 'fails the call of a handler that throws; one whose reply cannot be written has no answer',
  },
  handshake: {
    about: 'TLS peers that never begin their handshake',
    ours: 'closes them after 10 s (`tlsOptions.handshakeTimeout`)',
    tcp: 'keeps them, whatever `tlsOptions.handshakeTimeout` says',
  },
  mute: {
    about: 'peers that connect, and do not say who they are',
    ours: 'closes them after 10 s (`firstMessage.timeout`), where they have to',
    tcp: 'keeps them; no connection has to say anything',
  },
} as const satisfies Record<string, Threat>;
