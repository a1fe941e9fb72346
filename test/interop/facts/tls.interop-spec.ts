import { afterAll } from '@jest/globals';

import { Certificate } from '../../support/certificate.js';
import { CuttingProxy } from '../support/cutting-proxy.js';
import { echo, item } from '../support/echo-frames.js';
import { type ClientPeer, clientFacts, serverFacts } from '../support/facts.js';
import type { ProbeOptions } from '../support/probes.js';
import type { Wire } from '../support/rust.js';

const certificate = new Certificate();
const { cert, certFile, key, keyFile } = certificate;
const overTls: Wire = { format: 'protobuf', tls: { certFile, keyFile } };

afterAll(() => certificate.remove());

serverFacts('TLS', [
  {
    fact: 21,
    shows: 'a TLS handshake may take for ever',
    wire: overTls,
    options: { tlsOptions: { key, cert, handshakeTimeout: 150 } },
    uncut: true,
    async steps(server) {
      const connection = await server.connect();
      return connection.fate(500);
    },
    expected: 'open',
    ours: {
      instead: 'it has 10 s, or what `handshakeTimeout` says',
      because: 'whoever says nothing holds a socket',
      expected: 'closed',
    },
  },
]);

/** A client that has shown one of its own, or none. */
const certified = async (client: ClientPeer): Promise<unknown> => {
  const answered: boolean[] = [];
  const server = await client.listen(
    ({ id, message }, connection) => {
      answered.push(true);
      connection.send(echo(id, message));
    },
    { key, cert, ca: cert, requestCert: true, rejectUnauthorized: true },
  );
  // Upstream's call hangs when its connection is cut while it is queued: see 18.
  const [told] = await client.probe(server, 'unary', { timeout: 500 });
  return { served: answered.length === 1, isOk: told === 'ok hello' };
};

/** Calls a server whose certificate nobody has signed but itself. */
const selfSigned =
  (options: ProbeOptions) =>
  async (client: ClientPeer): Promise<unknown> => {
    const server = await client.listen(({ id, message }, connection) => connection.send(echo(id, message)), {
      key,
      cert,
    });
    return client.probe(server, 'unary', options);
  };

const speaks =
  (maxVersion: 'TLSv1.2' | 'TLSv1.3') =>
  async (client: ClientPeer): Promise<unknown> => {
    const server = await client.listen(({ id, message }, connection) => connection.send(echo(id, message)), {
      key,
      cert,
      maxVersion,
    });
    return client.probe(server, 'unary');
  };

const trusting = { tlsOptions: { ca: cert, servername: 'localhost' } };

clientFacts('TLS', [
  {
    fact: 22,
    shows: 'TLS 1.3 is spoken',
    wire: overTls,
    options: trusting,
    steps: speaks('TLSv1.3'),
    expected: ['ok hello'],
  },
  {
    fact: 22,
    shows: 'TLS 1.2 is not',
    wire: overTls,
    options: trusting,
    uncut: true,
    steps: speaks('TLSv1.2'),
    expected: ['not connected'],
    ours: {
      instead: 'it is, as Node has it',
      because: 'a server may have nothing newer',
      expected: ['ok hello'],
    },
  },
  {
    fact: 22,
    shows: 'TLS 1.2 is not, where `minVersion` says so',
    only: 'ours',
    wire: overTls,
    options: { tlsOptions: { ...trusting.tlsOptions, minVersion: 'TLSv1.3' } },
    uncut: true,
    steps: speaks('TLSv1.2'),
    expected: ['not connected'],
  },
  {
    fact: 22,
    shows: 'a client with public roots refuses a certificate that they have not signed',
    wire: overTls,
    options: { tlsOptions: { servername: 'localhost' } },
    uncut: true,
    steps: selfSigned({ publicRoots: true }),
    expected: ['not connected'],
  },
  {
    fact: 22,
    shows: 'a client that verifies nothing takes it',
    wire: overTls,
    options: { tlsOptions: { rejectUnauthorized: false } },
    uncut: true,
    steps: selfSigned({}),
    expected: ['ok hello'],
  },
  {
    fact: 22,
    shows: 'a client has no certificate to show',
    wire: overTls,
    options: { tlsOptions: { ...trusting.tlsOptions, key, cert } },
    uncut: true,
    steps: certified,
    expected: { served: false, isOk: false },
    ours: {
      instead: 'it shows that of its options',
      because: 'Node can',
      expected: { served: true, isOk: true },
    },
  },
  {
    fact: 22,
    shows: 'a FIN without close_notify in mid-stream is a clean end',
    wire: overTls,
    options: trusting,
    async steps(client) {
      const server = await client.listen(
        ({ id }, connection) => {
          connection.send(item(id, 'a'));
          setTimeout(() => proxy.cut(), 30);
        },
        { key, cert },
      );
      const proxy = await CuttingProxy.to(server.port);
      return client.probe(proxy, 'stream');
    },
    expected: ['item a', 'complete'],
    ours: {
      instead: 'the stream is lost',
      because: 'only an End completes one: see 16',
      expected: ['item a', 'lost'],
    },
  },
  {
    fact: 22,
    shows: 'who speaks no TLS to a TLS server is cancelled',
    uncut: true,
    steps: speaks('TLSv1.3'),
    expected: ['cancelled'],
    ours: {
      instead: 'the call is lost',
      because: 'no server has seen it',
      expected: ['lost'],
    },
  },
]);
