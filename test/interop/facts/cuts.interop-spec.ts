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
    shows: 'what is queued behind a connection that is full waits for ever',
    uncut: true,
    async steps(client) {
      const server = await client.accept(({ socket }) => {
        socket.pause();
        setTimeout(() => socket.resetAndDestroy(), 800);
      });
      return client.probe(server, 'queued', { body: 'x'.repeat(15_000), pause: 300, timeout: 2_500 });
    },
    expected: ['timeout'],
    ours: {
      instead: 'it is lost, as every call',
      because: 'nobody can tell a call that hangs from one that takes its time',
      expected: ['lost'],
    },
  },
]);
