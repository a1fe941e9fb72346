import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ClientProtosocket, ProtosocketClientOptions, ProtosocketServerOptions } from 'nestjs-protosocket';
import { firstValueFrom, lastValueFrom, take, toArray } from 'rxjs';

import { captureLog, closeServices, connectTo, startService } from '../support/app.js';
import { Certificate } from '../support/certificate.js';
import { eventually } from '../support/eventually.js';
import { type Echo, echoContract, EchoController, type EchoItem } from './support/echo.js';
import { whenAvailable } from './support/required.js';
import { buildRust, endRustPeers, hasCargo, runEchoClient, RustServer, type Wire } from './support/rust.js';

const certificate = new Certificate();
const tls = { certFile: certificate.certFile, keyFile: certificate.keyFile };

const wires: [string, Wire][] = [
  ['protobuf over TCP', { format: 'protobuf' }],
  ['protobuf over TLS', { format: 'protobuf', tls }],
  ['MessagePack over TCP', { format: 'messagepack' }],
  ['MessagePack with structs as maps, over TCP', { format: 'messagepack', named: true }],
  ['MessagePack over TLS', { format: 'messagepack', tls }],
];

/** Payloads that need several reads, of sizes that fit no buffer. */
const LARGE = [271_828, 314_159];

const serverOptions = (wire: Wire): ProtosocketServerOptions => ({
  contract: echoContract(wire),
  // Thousands in flight is what is shown.
  maxCallsInFlight: 4_096,
  ...(wire.tls && { tlsOptions: { key: certificate.key, cert: certificate.cert, minVersion: 'TLSv1.3' } }),
});

const clientOptions = (wire: Wire): ProtosocketClientOptions => ({
  contract: echoContract(wire),
  ...(wire.tls && { tlsOptions: { ca: certificate.cert, servername: 'localhost', minVersion: 'TLSv1.3' } }),
});

const unary = (client: ClientProtosocket, body: Echo): Promise<Echo> => firstValueFrom(client.send('Unary', { body }));

whenAvailable('cargo', hasCargo)('upstream in Rust and this transport', () => {
  beforeAll(() => buildRust(), 600_000);
  beforeEach(captureLog);
  afterEach(closeServices);
  afterEach(endRustPeers);
  afterAll(() => certificate.remove());

  describe.each(wires)('%s', (_, wire) => {
    it('a Rust client on a Nest server: thousands in flight, streams, cancels, every reply checked', async () => {
      const { port } = await startService([EchoController], serverOptions(wire));
      const load = ['--calls', '5000', '--in-flight', '2000', '--streams', '1000', '--cancel-every', '7'];
      const run = await runEchoClient(port, wire, [...load, '--timeout-ms', '60000']);
      expect(run.errors).toBe('');
      expect(run.lines).toEqual([expect.objectContaining({ failed: 0, mismatched: 0 })]);
      expect(run.code).toBe(0);
    }, 60_000);

    it('a Rust client on a Nest server: large payloads', async () => {
      const { port } = await startService([EchoController], serverOptions(wire));
      const sizes = ['--sizes', LARGE.join(','), '--calls', '60', '--streams', '10', '--in-flight', '16'];
      const run = await runEchoClient(port, wire, [...sizes, '--timeout-ms', '60000']);
      expect(run.lines).toEqual([expect.objectContaining({ completed: 60, failed: 0, mismatched: 0 })]);
    }, 60_000);

    it('a Nest client on a Rust server: thousands in flight, every reply checked', async () => {
      const { port } = await RustServer.echo(wire);
      const client = connectTo(port, clientOptions(wire));
      const bodies = Array.from({ length: 3_000 }, (_, i): Echo => ({ message: `call ${i}`, nanotime: i }));
      bodies.push(...LARGE.map((size, i) => ({ message: 'y'.repeat(size), nanotime: 2n ** 64n - 1n - BigInt(i) })));
      expect(await Promise.all(bodies.map((body) => unary(client, body)))).toEqual(bodies);
    }, 60_000);

    it('a Nest client on a Rust server: streams, also empty ones, beside each other', async () => {
      const { port } = await RustServer.echo(wire);
      const client = connectTo(port, clientOptions(wire));
      const streams = Array.from({ length: 200 }, async (_, i) => {
        const body = { message: `stream:${i % 20}:${i}`, nanotime: i };
        const items = await lastValueFrom(client.send<EchoItem>('Stream', { body }).pipe(toArray()));
        const expected = Array.from({ length: i % 20 }, (__, sequence) => ({
          message: String(sequence).padEnd(i, 'x'),
          nanotime: i,
          sequence,
        }));
        expect(items).toEqual(expected);
      });
      await Promise.all(streams);
    }, 60_000);

    it('a Nest client that unsubscribes stops the handler of the Rust server', async () => {
      const server = await RustServer.echo(wire);
      const client = connectTo(server.port, clientOptions(wire));
      await unary(client, { message: 'warm', nanotime: 0 });
      const never = client.send('Unary', { body: { message: 'never', nanotime: 0 } }).subscribe();
      const endless = client.send<EchoItem>('Stream', { body: { message: 'endless', nanotime: 0 } });
      expect(await lastValueFrom(endless.pipe(take(3), toArray()))).toHaveLength(3);
      never.unsubscribe();
      await eventually(() => server.lines.length === 2);
      expect([...server.lines].sort()).toEqual(['dropped 2', 'dropped 3']);
      expect(await unary(client, { message: 'after', nanotime: 1 })).toEqual({ message: 'after', nanotime: 1 });
    });

    it('a call that the Rust server rejects is cancelled, and no other', async () => {
      const { port } = await RustServer.echo(wire);
      const client = connectTo(port, clientOptions(wire));
      const rejected = unary(client, { message: 'reject', nanotime: 0 });
      const fine = unary(client, { message: 'fine', nanotime: 1 });
      await expect(rejected).rejects.toMatchObject({ code: 'CANCELLED' });
      expect(await fine).toEqual({ message: 'fine', nanotime: 1 });
    });

    it('a call that the Rust server ends with its connection is lost', async () => {
      const { port } = await RustServer.echo(wire);
      const client = connectTo(port, clientOptions(wire));
      await unary(client, { message: 'warm', nanotime: 0 });
      await expect(unary(client, { message: 'close', nanotime: 0 })).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
      expect(await unary(client, { message: 'again', nanotime: 1 })).toEqual({ message: 'again', nanotime: 1 });
    });
  });

  it('a Rust client that speaks to a Nest server without a handler learns that its call was cancelled', async () => {
    const wire: Wire = { format: 'protobuf' };
    const { port } = await startService([], serverOptionsWithout(wire));
    const run = await runEchoClient(port, wire, ['--probe', 'unary']);
    expect(run.lines).toEqual([expect.objectContaining({ outcome: 'CancelledRemotely' })]);
  });
});

function serverOptionsWithout(wire: Wire): ProtosocketServerOptions {
  const { requests, replies } = echoContract(wire);
  return { contract: { requests, replies } };
}
