import { bare, cancel, CANCEL, echo, end, item, request, stream, unary } from '../support/echo-frames.js';
import { clientFacts, serverFacts } from '../support/facts.js';

/** Both ends, and where JavaScript's numbers stop being exact. */
const IDS = [0n, 1n, 2n ** 32n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 64n - 1n];

serverFacts('ids and codes', [
  {
    fact: 7,
    shows: '1, and any code that is none, is a Cancel; 0 a request; 2 nothing to a server',
    async steps(server) {
      const connection = await server.connect();
      const codes = [1, 3, 77, 255];
      connection.send(...codes.map((code) => unary(code, 'never')), end(1), unary(1000, 'hello'));
      await connection.frames(1);
      for (const code of codes) {
        connection.send(bare(code, code));
        await connection.frames(connection.heard.length + 1);
      }
      return connection.heard;
    },
    expected: ['echo 1000 hello', 'Cancel 1', 'Cancel 3', 'Cancel 77', 'Cancel 255'],
  },
  {
    fact: 7,
    shows: 'a code is read modulo 256: 256 is a request, 257 a Cancel, 258 an End',
    async steps(server) {
      const connection = await server.connect();
      connection.send(request({ id: 1, message: 'hello', code: 256 }), unary(2, 'never'));
      await connection.frames(1);
      connection.send(bare(2, 258), bare(2, 257));
      return connection.frames(2);
    },
    expected: ['echo 1 hello', 'Cancel 2'],
  },
  {
    fact: 8,
    shows: 'any 64 bits are an id, and come back exactly',
    async steps(server) {
      const connection = await server.connect();
      connection.send(...IDS.map((id) => unary(id, 'hello')));
      return (await connection.frames(IDS.length)).sort();
    },
    expected: IDS.map((id) => `echo ${id} hello`).sort(),
  },
  {
    fact: 8,
    shows: 'they come back so with the items of a stream, with its End, and with a Cancel',
    async steps(server) {
      const connection = await server.connect();
      const frames: string[][] = [];
      for (const id of IDS) {
        connection.send(stream(id, 'a'));
        await connection.frames(3 * frames.length + 2);
        connection.send(unary(id, 'never'), cancel(id));
        frames.push((await connection.frames(3 * frames.length + 3)).slice(-3));
      }
      return frames;
    },
    expected: IDS.map((id) => [`item ${id} a`, `End ${id}`, `Cancel ${id}`]),
  },
  {
    fact: 8,
    shows: 'an id is the same however long its varint is',
    async steps(server) {
      const connection = await server.connect();
      // Field 1 with 7 in three bytes, field 2 with Cancel.
      connection.send(unary(7, 'never'), Buffer.from('06088780001001', 'hex'));
      return connection.frames(1);
    },
    expected: ['Cancel 7'],
  },
  {
    fact: 9,
    shows: 'both calls run, and the newer takes over what cancels',
    async steps(server) {
      const connection = await server.connect();
      connection.send(unary(7, 'delay:150'), unary(7, 'never'), cancel(7));
      return { heard: await connection.frames(2), dropped: server.lines };
    },
    expected: { heard: ['Cancel 7', 'echo 7 delay:150'], dropped: ['dropped 7'] },
  },
  {
    fact: 9,
    shows: 'once the older has been answered, nothing cancels the newer',
    async steps(server) {
      const connection = await server.connect();
      connection.send(unary(7, 'delay:50'), unary(7, 'never'));
      await connection.frames(1);
      connection.send(cancel(7), unary(8, 'after'));
      return (await connection.frames(2)).sort();
    },
    expected: ['echo 7 delay:50', 'echo 8 after'],
    ours: {
      instead: 'its Cancel does',
      because: 'it still runs',
      expected: ['Cancel 7', 'echo 7 delay:50', 'echo 8 after'],
    },
  },
]);

clientFacts('ids and codes', [
  {
    fact: 7,
    shows: 'any code that is none is a Cancel',
    async steps(client) {
      const server = await client.listen(({ id }, connection) => connection.send(bare(id, 77)));
      return client.probe(server, 'two-in-sequence');
    },
    expected: ['cancelled', 'cancelled'],
  },
  {
    fact: 7,
    shows: 'a code is read modulo 256: 256 is a reply, 257 a Cancel',
    async steps(client) {
      const server = await client.listen(({ id, message }, connection) =>
        connection.send(id === 1n ? echo(id, message, 256) : echo(id, message, 257)),
      );
      return client.probe(server, 'two-in-sequence');
    },
    expected: ['ok hello', 'cancelled'],
  },
  {
    fact: 7,
    shows: '258 ends a stream',
    async steps(client) {
      const server = await client.listen(({ id }, connection) => connection.send(item(id, 'a', 256), bare(id, 258)));
      return client.probe(server, 'stream');
    },
    expected: ['item a', 'complete'],
  },
  {
    fact: 8,
    shows: 'the application chooses the ids',
    async steps(client) {
      const server = await client.listen(({ id, message }, connection) => connection.send(echo(id, message)));
      const told = await client.probe(server, 'two-in-sequence', { firstId: '18446744073709551614' });
      return { told, heard: server.heard };
    },
    expected: {
      told: ['ok hello', 'ok hello'],
      heard: ['Unary 18446744073709551614 hello', 'Unary 18446744073709551615 hello'],
    },
    ours: {
      instead: 'the client does: they start at 1, and rise',
      because: 'so none is used twice',
      expected: { told: ['ok hello', 'ok hello'], heard: ['Unary 1 hello', 'Unary 2 hello'] },
    },
  },
  {
    fact: 9,
    shows: 'the older of two calls with the same id ends as cancelled',
    async steps(client) {
      const server = await client.listen(({ id, message }, connection) => connection.send(echo(id, message)));
      return { told: await client.probe(server, 'two-with-same-id'), heard: server.heard };
    },
    expected: { told: ['cancelled', 'ok hello'], heard: ['Unary 1 hello', 'Unary 1 hello'] },
    ours: {
      instead: 'there are no two such calls',
      because: 'ids only rise',
      expected: { told: ['ok hello', 'ok hello'], heard: ['Unary 1 hello', 'Unary 2 hello'] },
    },
  },
  {
    fact: 9,
    shows: 'an id is not used again after its Cancel',
    only: 'ours',
    async steps(client) {
      const server = await client.listen(({ code, id, message }, connection) => {
        if (code !== CANCEL && message !== 'never') connection.send(echo(id, message));
      });
      await client.probe(server, 'cancel', { body: 'never', pause: 20 });
      return server.heard;
    },
    expected: ['Unary 1 warm', 'Unary 2 never', 'Cancel 2', 'Unary 3 after'],
  },
]);
