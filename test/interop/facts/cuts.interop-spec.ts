import { expect } from '@jest/globals';

import { eventually } from '../../support/eventually.js';
import { cancel, echo, item } from '../support/echo-frames.js';
import { type ClientPeer, clientFacts } from '../support/facts.js';
import type { RawConnection } from '../support/raw-connection.js';

/** Ways to end a connection, in place of a reply or of the next item. */
const cuts: [string, (connection: RawConnection) => void][] = [
  ['a FIN', (connection) => connection.socket.end()],
  ['an RST', (connection) => void setTimeout(() => connection.socket.resetAndDestroy(), 10)],
];

clientFacts('cuts', [
  ...cuts.map(([name, cut]) => ({
    fact: 16 as const,
    shows: `after ${name} it is complete`,
    async steps(client: ClientPeer) {
      const server = await client.listen(({ id }, connection) => {
        connection.send(item(id, 'a'), item(id, 'b'));
        cut(connection);
      });
      return client.probe(server, 'stream');
    },
    expected: ['item a', 'item b', 'complete'],
    ours: {
      instead: 'it is lost',
      because: 'only an End completes a stream: the caller would take a part for the whole',
      expected: ['item a', 'item b', 'lost'],
    },
  })),
  {
    fact: 16,
    shows: 'after a Cancel it is complete',
    async steps(client) {
      const server = await client.listen(({ id }, connection) => connection.send(item(id, 'a'), cancel(id)));
      return client.probe(server, 'stream');
    },
    expected: ['item a', 'complete'],
    ours: {
      instead: 'it is cancelled',
      because: 'only an End completes a stream: the caller would take a part for the whole',
      expected: ['item a', 'cancelled'],
    },
  },
  ...cuts.map(([name, cut]) => ({
    fact: 17 as const,
    shows: `after ${name} it counts as cancelled`,
    async steps(client: ClientPeer) {
      const server = await client.listen(({ id }, connection) => {
        connection.send(echo(id, 'hello').subarray(0, -1));
        cut(connection);
      });
      return client.probe(server, 'unary');
    },
    expected: ['cancelled'],
    ours: {
      instead: 'it is lost',
      because: 'who was cancelled knows that the server is there',
      expected: ['lost'],
    },
  })),
  {
    fact: 18,
    shows: 'they can wait for ever',
    uncut: true,
    async steps(client) {
      const server = await client.listen(() => undefined);
      const dying = eventually(() => server.connections.some(({ bytes }) => bytes.length > 0)).then(() => {
        server.connections[0]!.socket.resetAndDestroy();
      });
      const hanging = await client.flood(server, { calls: 200, size: 100_000, patience: 1_000 });
      await dying;
      return hanging;
    },
    // It is a race, which upstream mostly loses.
    expected: expect.stringMatching(/^(some|none)$/),
    ours: {
      instead: 'every call ends, once',
      because: 'nobody can tell a call that hangs from one that takes its time',
      expected: 'none',
    },
  },
]);
