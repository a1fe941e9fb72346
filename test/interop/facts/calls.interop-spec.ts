import { setTimeout as sleep } from 'node:timers/promises';

import { eventually } from '../../support/eventually.js';
import { CANCEL, cancel, echo, end, END, item, request, stream, unary } from '../support/echo-frames.js';
import { clientFacts, serverFacts } from '../support/facts.js';
import { note, startNotes } from '../support/nest-notes.js';
import { RawConnection } from '../support/raw-connection.js';

serverFacts('calls', [
  {
    fact: 10,
    shows: 'a unary reply is one Normal, without an End',
    async steps(server) {
      const connection = await server.connect();
      connection.send(unary(1, 'hello'));
      return connection.frames(1);
    },
    expected: ['echo 1 hello'],
  },
  {
    fact: 10,
    shows: 'a stream is its items, and an End',
    async steps(server) {
      const connection = await server.connect();
      connection.send(stream(1, 'abc'));
      return connection.frames(4);
    },
    expected: ['item 1 a', 'item 1 b', 'item 1 c', 'End 1'],
  },
  {
    fact: 10,
    shows: 'an empty stream is an End only',
    async steps(server) {
      const connection = await server.connect();
      connection.send(stream(1, ''));
      return connection.frames(1);
    },
    expected: ['End 1'],
  },
  {
    fact: 11,
    shows: 'a body on a Cancel or an End starts nothing',
    async steps(server) {
      const connection = await server.connect();
      const withBody = (code: number): Buffer => request({ id: 1, message: 'hello', code });
      connection.send(unary(1, 'never'), withBody(END), withBody(CANCEL), unary(2, 'after'));
      return (await connection.frames(2)).sort();
    },
    expected: ['Cancel 1', 'echo 2 after'],
  },
  {
    fact: 12,
    shows: 'the End of a client is ignored',
    async steps(server) {
      const connection = await server.connect();
      connection.send(unary(1, 'delay:50'), end(1), end(2));
      return { heard: await connection.frames(1), dropped: server.lines };
    },
    expected: { heard: ['echo 1 delay:50'], dropped: [] },
  },
  {
    fact: 12,
    shows: 'a second Normal with a live id is a second rpc: there is no request streaming',
    async steps(server) {
      const connection = await server.connect();
      connection.send(unary(1, 'delay:60'), unary(1, 'delay:20'), unary(1, 'hello'));
      return connection.frames(3);
    },
    expected: ['echo 1 hello', 'echo 1 delay:20', 'echo 1 delay:60'],
  },
  {
    fact: 13,
    shows: 'the handler of a running call is dropped, and the Cancel comes back',
    async steps(server) {
      const connection = await server.connect();
      connection.send(unary(1, 'never'), stream(2, 'never'));
      await sleep(20);
      connection.send(cancel(1), cancel(2));
      return { heard: (await connection.frames(2)).sort(), dropped: [...server.lines].sort() };
    },
    expected: { heard: ['Cancel 1', 'Cancel 2'], dropped: ['dropped 1', 'dropped 2'] },
  },
  {
    fact: 13,
    shows: 'of an unknown id, and of a call that is over: silence',
    async steps(server) {
      const connection = await server.connect();
      connection.send(cancel(9), unary(1, 'hello'));
      await connection.frames(1);
      connection.send(cancel(1), cancel(1), unary(2, 'after'));
      return connection.frames(2);
    },
    expected: ['echo 1 hello', 'echo 2 after'],
  },
  {
    fact: 14,
    shows: 'it leaves nothing behind: the request that follows is answered',
    async steps(server) {
      const connection = await server.connect();
      connection.send(cancel(1), unary(1, 'hello'));
      return connection.frames(1);
    },
    expected: ['echo 1 hello'],
  },
  {
    fact: 14,
    shows: 'an event outlives it: upstream, which has no events, sends such a pair in place of one',
    only: 'ours',
    async steps() {
      const { notes, port } = await startNotes();
      const connection = await RawConnection.to(port);
      connection.send(cancel(1), note(1), cancel(1));
      await eventually(() => notes.length > 0);
      return notes;
    },
    expected: [true],
  },
  {
    fact: 15,
    shows: 'rejections leave last in, first out',
    // In one segment, for the server to have them all at once.
    uncut: true,
    async steps(server) {
      const connection = await server.connect();
      connection.send(unary(1, 'reject'), unary(2, 'reject'), unary(3, 'reject'));
      return connection.frames(3);
    },
    expected: ['Cancel 3', 'Cancel 2', 'Cancel 1'],
    ours: {
      instead: 'they leave as the handlers reject, first in, first out',
      because: 'a rejection is a reply as any other',
      expected: ['Cancel 1', 'Cancel 2', 'Cancel 3'],
    },
  },
  {
    fact: 15,
    shows: 'other replies leave when they are ready',
    async steps(server) {
      const connection = await server.connect();
      connection.send(unary(1, 'delay:80'), unary(2, 'delay:20'), stream(3, 'delay:50'), unary(4, 'hello'));
      return (await connection.frames(12)).filter((frame) => !/item/.test(frame));
    },
    expected: ['echo 4 hello', 'echo 2 delay:20', 'End 3', 'echo 1 delay:80'],
  },
]);

clientFacts('calls', [
  {
    fact: 10,
    shows: 'an End after a unary reply does no harm',
    async steps(client) {
      const server = await client.listen(({ id, message }, connection) => connection.send(echo(id, message), end(id)));
      return client.probe(server, 'two-in-sequence', { pause: 20 });
    },
    expected: ['ok hello', 'ok hello'],
  },
  {
    fact: 10,
    shows: 'an empty stream is an End only',
    async steps(client) {
      const server = await client.listen(({ id }, connection) => connection.send(end(id)));
      return client.probe(server, 'stream');
    },
    expected: ['complete'],
  },
  {
    fact: 10,
    shows: 'a streaming call that gets a lone Normal waits for the End',
    async steps(client) {
      const server = await client.listen(({ code, id }, connection) => {
        if (code !== CANCEL) connection.send(item(id, 'a'));
      });
      return client.probe(server, 'stream', { timeout: 300 });
    },
    expected: ['item a', 'timeout'],
  },
  {
    fact: 11,
    shows: 'a body on an End is dropped',
    async steps(client) {
      const server = await client.listen(({ id }, connection) => connection.send(item(id, 'a'), item(id, 'b', END)));
      return client.probe(server, 'stream');
    },
    expected: ['item a', 'complete'],
  },
  {
    fact: 11,
    shows: 'a body on a Cancel is dropped',
    async steps(client) {
      const server = await client.listen(({ id }, connection) => connection.send(echo(id, 'why', CANCEL)));
      return client.probe(server, 'unary');
    },
    expected: ['cancelled'],
  },
  {
    fact: 12,
    shows: 'a unary call that gets an End alone is cancelled',
    async steps(client) {
      const server = await client.listen(({ id }, connection) => connection.send(end(id)));
      return client.probe(server, 'unary');
    },
    expected: ['cancelled'],
  },
  {
    fact: 13,
    shows: 'a client that cancels sends one, and does not wait for it to come back',
    async steps(client) {
      const server = await client.listen(({ code, id, message }, connection) => {
        if (code !== CANCEL && message !== 'never') connection.send(echo(id, message));
      });
      const told = await client.probe(server, 'cancel', { body: 'never', pause: 30 });
      return { told, heard: server.heard };
    },
    expected: {
      told: ['ok warm', 'dropped', 'ok after'],
      heard: ['Unary 1 warm', 'Unary 2 never', 'Cancel 2', 'Unary 3 after'],
    },
  },
  {
    fact: 13,
    shows: 'the reply that a Cancel has missed is ignored, and so are items',
    async steps(client) {
      const server = await client.listen(({ code, id, message }, connection) => {
        if (code === CANCEL) connection.send(item(id, 'late'), end(id), echo(id, 'late'));
        else connection.send(message === 'after' ? echo(id, message) : item(id, 'a'));
      });
      return client.probe(server, 'cancel-stream', { pause: 30 });
    },
    expected: ['item a', 'dropped', 'ok after'],
  },
  {
    fact: 14,
    shows: 'that of a call that is dropped at once overtakes its request',
    async steps(client) {
      const server = await client.listen(({ code, id, message }, connection) => {
        if (code !== CANCEL) connection.send(echo(id, message));
      });
      const told = await client.probe(server, 'cancel');
      return { told, heard: server.heard };
    },
    expected: {
      told: ['ok warm', 'dropped', 'ok after'],
      heard: ['Unary 1 warm', 'Cancel 2', 'Unary 2 hello', 'Unary 3 after'],
    },
    ours: {
      instead: 'the request goes before its Cancel',
      because: 'a Cancel that comes first is forgotten',
      expected: {
        told: ['ok warm', 'dropped', 'ok after'],
        heard: ['Unary 1 warm', 'Unary 2 hello', 'Cancel 2', 'Unary 3 after'],
      },
    },
  },
]);
