import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ClientProtosocket } from 'nestjs-protosocket';

import { captureLog, closeServices, connectTo } from '../support/app.js';
import { Certificate } from '../support/certificate.js';
import { eventually } from '../support/eventually.js';
import { reached } from '../support/promises.js';
import { closeProxies } from '../support/tcp-proxy.js';
import { type CutBy, CuttingProxy } from './support/cutting-proxy.js';
import { echoContract, type EchoItem } from './support/echo.js';
import { echoRequest, wholeFrames } from './support/echo-bytes.js';
import { closeRawConnections, RawConnection } from './support/raw-connection.js';
import { whenAvailable } from './support/required.js';
import { buildRust, endRustPeers, hasCargo, RustServer, type Wire } from './support/rust.js';

const wires: [string, Wire][] = [
  ['protobuf', { format: 'protobuf' }],
  ['MessagePack', { format: 'messagepack' }],
];
const certificate = new Certificate();
const { cert, certFile, keyFile } = certificate;
const cuts: CutBy[] = ['FIN', 'RST'];

/** What became of a call: what its caller got, and how it ended. */
interface Seen {
  readonly messages: string[];
  readonly end: 'complete' | 'CONNECTION_LOST' | { readonly unexpected: unknown };
}

const LOST = 'CONNECTION_LOST';

/** @param onItem is told how many items there are, from 0, which is before the first. */
function call(
  client: ClientProtosocket,
  route: 'Unary' | 'Stream',
  message: string,
  onItem: (count: number) => void = () => undefined,
): Promise<Seen> {
  return new Promise((resolve) => {
    const messages: string[] = [];
    client.send<EchoItem>(route, { body: { message, nanotime: 0 } }).subscribe({
      next: (item) => onItem(messages.push(item.message)),
      complete: () => resolve({ messages, end: 'complete' }),
      error: (error: { code?: unknown }) =>
        resolve({ messages, end: error.code === LOST ? LOST : { unexpected: error } }),
    });
    onItem(0);
  });
}

const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i));

whenAvailable('cargo', hasCargo)('a reply that is cut', () => {
  beforeAll(() => buildRust(), 600_000);
  afterAll(() => certificate.remove());
  beforeEach(captureLog);
  afterEach(async () => {
    closeRawConnections();
    await closeProxies();
    await endRustPeers();
    await closeServices();
  });

  const cutShort: Seen[] = [];
  const note = (seen: Seen): unknown => cutShort.push(seen);
  afterAll(() => {
    reached('cut.points', cutShort.length);
    reached('cut.complete', cutShort.filter(({ end }) => end === 'complete').length);
  });

  describe.each(wires)('in %s', (_, wire) => {
    /** How many bytes the reply has that is cut. */
    let whole = 0;

    // Over TLS the FIN of a crash looks to Node like a clean end.
    describe.each(['TCP', 'TLS'])('by a Rust server on %s that is killed', (transport) => {
      it.each(numbers(21).map(Number))('after %i items: the stream is lost', async (count) => {
        const isTls = transport === 'TLS';
        const server = await RustServer.echo({ ...wire, tls: isTls ? { certFile, keyFile } : undefined });
        const tlsOptions = { ca: cert, servername: 'localhost' };
        const client = connectTo(server.port, { contract: echoContract(wire), ...(isTls && { tlsOptions }) });
        await client.connect();
        const { end, messages } = await call(client, 'Stream', 'endless', (items) => {
          if (items === count) server.kill();
        });
        note({ messages, end });
        expect(end).toBe(LOST);
        expect(messages.length).toBeGreaterThanOrEqual(count);
        expect(messages).toEqual(numbers(messages.length));
      });
    });

    /** What a Rust server says to a request, as bytes. */
    async function replyTo(
      server: RustServer,
      ...[route, message, frames]: ['Unary' | 'Stream', string, number]
    ): Promise<Buffer> {
      const connection = await RawConnection.to(server.port);
      connection.send(echoRequest(wire, route, message));
      await eventually(() => wholeFrames(wire, connection.bytes) === frames);
      whole = connection.bytes.length;
      return connection.bytes;
    }

    /** Makes a call over a connection that is cut behind so many bytes of its reply. */
    async function cutAfter(
      proxy: CuttingProxy,
      limit: number,
      by: CutBy,
      ...[route, message]: ['Unary' | 'Stream', string]
    ): Promise<Seen> {
      Object.assign(proxy, { limit, by });
      const client = connectTo(proxy.port, { contract: echoContract(wire) });
      const seen = await call(client, route, message);
      await client.close();
      if (limit < whole) note(seen);
      return seen;
    }

    /** The offsets at which frames end, 0 among them. */
    function boundariesOf(bytes: Buffer): number[] {
      const boundaries = [0];
      for (let end = 1; end <= bytes.length; end++) {
        if (wholeFrames(wire, bytes.subarray(0, end)) === boundaries.length) boundaries.push(end);
      }
      return boundaries;
    }

    describe.each(cuts)('by a %s', (by) => {
      it('at every byte of a stream: it is lost, unless its End came whole', async () => {
        const server = await RustServer.echo(wire);
        const proxy = await CuttingProxy.to(server.port);
        const reply = await replyTo(server, 'Stream', 'stream:4', 5);
        for (let limit = 0; limit <= reply.length; limit++) {
          const { end, messages } = await cutAfter(proxy, limit, by, 'Stream', 'stream:4');
          const frames = wholeFrames(wire, reply.subarray(0, limit));
          expect({ limit, messages, end }).toEqual({
            limit,
            messages: numbers(Math.min(frames, 4)),
            end: frames === 5 ? 'complete' : LOST,
          });
        }
      });

      it('at every frame of a longer stream: it is lost, with what had come', async () => {
        const server = await RustServer.echo(wire);
        const proxy = await CuttingProxy.to(server.port);
        const boundaries = boundariesOf(await replyTo(server, 'Stream', 'stream:20:100', 21));
        expect(boundaries).toHaveLength(22);
        const items = numbers(20).map((number) => number.padEnd(100, 'x'));
        for (const [frames, limit] of boundaries.entries()) {
          expect({ frames, ...(await cutAfter(proxy, limit, by, 'Stream', 'stream:20:100')) }).toEqual({
            frames,
            messages: items.slice(0, frames),
            end: frames === 21 ? 'complete' : LOST,
          });
        }
      });

      it('at every byte of a unary reply: it is lost, and never a value', async () => {
        const server = await RustServer.echo(wire);
        const proxy = await CuttingProxy.to(server.port);
        const reply = await replyTo(server, 'Unary', 'hello', 1);
        for (let limit = 0; limit < reply.length; limit++) {
          const seen = await cutAfter(proxy, limit, by, 'Unary', 'hello');
          expect({ limit, ...seen }).toEqual({ limit, messages: [], end: LOST });
        }
        expect(await cutAfter(proxy, reply.length, by, 'Unary', 'hello')).toEqual({
          messages: ['hello'],
          end: 'complete',
        });
      });
    });
  });
});
