import { setTimeout as sleep } from 'node:timers/promises';
import { firstValueFrom } from 'rxjs';

import { connectTo } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { type Echo, echoContract } from '../support/echo.js';
import { cancel, echo, stream, unary } from '../support/echo-frames.js';
import { type ClientFact, clientFacts, type ServerFact, serverFacts } from '../support/facts.js';
import { keepaliveOf, systemKeepalive, tellsKeepalive } from '../support/keepalive.js';

/** Near enough, as it counts down from the last sign of life. */
const about = (seconds: number | undefined, wanted: number): boolean =>
  seconds !== undefined && seconds > wanted - 5 && seconds <= wanted;

const oursAsks = {
  instead: 'it does after 30 s',
  because: 'two hours with a peer that is gone are too long',
  expected: { bySystem: false, by30s: true },
};

const keepaliveOfServers: ServerFact = {
  fact: 21,
  shows: 'the system asks after the peer, by its own timing',
  uncut: true,
  async steps(server) {
    const connection = await server.connect();
    connection.send(unary(1, 'hello'));
    await connection.frames(1);
    const seconds = keepaliveOf(server.port, connection.socket.localPort!);
    return { bySystem: about(seconds, systemKeepalive), by30s: about(seconds, 30) };
  },
  expected: { bySystem: true, by30s: false },
  ours: oursAsks,
};

const keepaliveOfClients: ClientFact = {
  fact: 21,
  shows: 'the system asks after the server, by its own timing',
  uncut: true,
  async steps(client) {
    const server = await client.listen(({ id, message }, connection) => connection.send(echo(id, message)));
    const probing = client.probe(server, 'two-in-sequence', { pause: 150 });
    await eventually(() => server.heard.length === 1);
    // Until the reply is acknowledged the timer is another.
    await sleep(80);
    const seconds = keepaliveOf(server.connections[0]!.socket.remotePort!, server.port);
    await probing;
    return { bySystem: about(seconds, systemKeepalive), by30s: about(seconds, 30) };
  },
  expected: { bySystem: true, by30s: false },
  ours: oursAsks,
};

/** Makes a call of ours that can be left open when its client is closed. */
function openCall(port: number): { readonly call: Promise<Echo>; readonly close: () => Promise<void> } {
  const client = connectTo(port, { contract: echoContract({ format: 'protobuf' }), gracePeriod: 1_000 });
  const call = firstValueFrom(client.send<Echo>('Unary', { body: { message: 'hello', nanotime: 0 } }));
  return { call, close: () => client.close() };
}

serverFacts('connections', [
  {
    fact: 19,
    shows: 'who has said it gets no more replies, and what it asked for is stopped',
    async steps(server) {
      const connection = await server.connect();
      connection.send(unary(1, 'delay:100'), stream(2, 'never'));
      await sleep(20);
      connection.socket.end();
      const fate = await connection.fate();
      await eventually(() => server.lines.length === 2);
      return { fate, heard: connection.heard, dropped: [...server.lines].sort() };
    },
    expected: { fate: 'closed', heard: [], dropped: ['dropped 1', 'dropped 2'] },
  },
  {
    fact: 20,
    shows: 'its rpcs stand still, and its Cancels are not read',
    async steps(server) {
      const connection = await server.connect();
      connection.socket.pause();
      connection.send(stream(1, 'stream:1000000:10000'));
      await sleep(400);
      connection.send(cancel(1));
      await sleep(100);
      const meanwhile = [...server.lines];
      connection.socket.resume();
      await eventually(() => connection.bytes.subarray(-cancel(1).length).equals(cancel(1)));
      return { meanwhile, afterwards: server.lines };
    },
    expected: { meanwhile: [], afterwards: ['dropped 1'] },
  },
  {
    fact: 21,
    shows: 'an idle connection stays, and nothing is said on it',
    async steps(server) {
      const connection = await server.connect();
      connection.send(unary(1, 'hello'));
      await connection.frames(1);
      const { length } = connection.bytes;
      const fate = await connection.fate(500);
      return { fate, said: connection.bytes.length - length };
    },
    expected: { fate: 'open', said: 0 },
  },
  {
    fact: 21,
    shows: 'a frame may take for ever',
    uncut: true,
    options: { incompleteMessageTimeout: 150 },
    async steps(server) {
      const connection = await server.connect();
      connection.send(unary(1, 'hello').subarray(0, -1));
      return { fate: await connection.fate(500), errors: server.errors };
    },
    expected: { fate: 'open', errors: [] },
    ours: {
      instead: 'it has to be whole in `incompleteMessageTimeout`',
      because: 'half a frame holds memory for nobody',
      expected: { fate: 'closed', errors: ['PROTOCOL_VIOLATION'] },
    },
  },
  ...(tellsKeepalive ? [keepaliveOfServers] : []),
]);

clientFacts('connections', [
  {
    fact: 19,
    shows: 'after that of a server the client is of no more use',
    async steps(client) {
      const server = await client.listen(({ id, message }, connection) => {
        connection.send(echo(id, message));
        connection.socket.end();
      });
      return client.probe(server, 'two-in-sequence', { pause: 30 });
    },
    expected: ['ok hello', 'closed'],
    ours: {
      instead: 'the next call makes a new connection',
      because: 'a Nest client lives as long as its app',
      expected: ['ok hello', 'ok hello'],
    },
  },
  {
    fact: 19,
    shows: 'a client that is closed says it when its calls have ended',
    only: 'ours',
    async steps(client) {
      const heardBefore: boolean[] = [];
      const server = await client.listen(({ id, message }, connection) => {
        setTimeout(() => {
          heardBefore.push(connection.isOver);
          connection.send(echo(id, message));
        }, 50);
      });
      const { call, close } = openCall(server.port);
      await eventually(() => server.heard.length === 1);
      await close();
      return { reply: await call, heardBefore, fate: await server.connections[0]!.fate() };
    },
    expected: { reply: { message: 'hello', nanotime: 0 }, heardBefore: [false], fate: 'closed' },
  },
  {
    fact: 21,
    shows: 'an idle client says nothing',
    async steps(client) {
      const server = await client.listen(({ id, message }, connection) => connection.send(echo(id, message)));
      const told = await client.probe(server, 'two-in-sequence', { pause: 500 });
      return { told, heard: server.heard };
    },
    expected: { told: ['ok hello', 'ok hello'], heard: ['Unary 1 hello', 'Unary 2 hello'] },
  },
  ...(tellsKeepalive ? [keepaliveOfClients] : []),
]);
