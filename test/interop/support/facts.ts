import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ProtosocketClientOptions, ProtosocketServerOptions } from 'nestjs-protosocket';
import type { TlsOptions } from 'node:tls';

import { captureLog, closeServices, connectTo } from '../../support/app.js';
import { reached } from '../../support/promises.js';
import { closeProxies } from '../../support/tcp-proxy.js';
import { echoContract } from './echo.js';
import { FACTS } from './fact-names.js';
import { startNestEcho } from './nest-echo.js';
import { probeNest, type ProbeKind, type ProbeOptions, probeRust } from './probes.js';
import { closeRawConnections, type Cut, RawConnection } from './raw-connection.js';
import { type Answer, closeRawServers, RawServer } from './raw-server.js';
import { whenAvailable } from './required.js';
import { buildRust, endRustPeers, hasCargo, RustServer, type Wire } from './rust.js';

/** One row of a table: something that bytes on a socket show of a fact, on upstream's peer and on ours. */
export interface FactCase<Peer, Options> {
  /** Its number: see `docs/facts.md`. */
  readonly fact: keyof typeof FACTS;
  readonly shows: string;
  /** What is done to the peer. Answers what was seen of it. */
  readonly steps: (peer: Peer) => Promise<unknown>;
  readonly expected: unknown;
  /** Where ours differs on purpose: what it does, and why. */
  readonly ours?: { readonly instead: string; readonly because: string; readonly expected: unknown };
  /** Where there is only one that could show it. */
  readonly only?: 'upstream' | 'ours';
  /** The bytes are not cut: there are too many of them, or it is about where they are cut. */
  readonly uncut?: true;
  readonly wire?: Wire;
  /** Options of ours, where upstream has nothing to be set. */
  readonly options?: Options;
}

/** A server under test. */
export interface ServerPeer {
  /** By hand. */
  connect(): Promise<RawConnection>;
  readonly port: number;
  /** `dropped <id>` for each handler that was stopped before it had answered in full. */
  readonly lines: readonly string[];
  /** The codes of what has closed connections. Upstream tells nobody. */
  readonly errors: readonly string[];
  /** How busy its process was, where that can be seen. */
  cpuTime?(): number | undefined;
}

/** A client under test. */
export interface ClientPeer {
  /** A server by hand for it, with the echo contract in protobuf. */
  listen(answer: Answer, tlsOptions?: TlsOptions): Promise<RawServer>;
  /** One that speaks whatever it likes. */
  accept(hear: (connection: RawConnection) => void): Promise<RawServer>;
  /** Makes calls to that server, and tells in words what became of them. */
  probe(server: { readonly port: number }, kind: ProbeKind, options?: ProbeOptions): Promise<string[]>;
}

export type ServerFact = FactCase<ServerPeer, ProtosocketServerOptions>;
export type ClientFact = FactCase<ClientPeer, ProtosocketClientOptions>;

const PROTOBUF: Wire = { format: 'protobuf' };

/** Shows a table of what servers do. */
export function serverFacts(theme: string, rows: readonly ServerFact[]): void {
  show(`${theme}: servers`, rows, {
    async upstream({ wire = PROTOBUF }, cut) {
      const server = await RustServer.echo(wire);
      const { lines, port } = server;
      return { port, lines, errors: [], connect: () => RawConnection.to(port, cut), cpuTime: () => server.cpuTime };
    },
    async ours({ options, wire = PROTOBUF }, cut) {
      const { errors, lines, port } = await startNestEcho(wire, options);
      return { port, lines, errors, connect: () => RawConnection.to(port, cut) };
    },
  });
}

/** Shows a table of what clients do. */
export function clientFacts(theme: string, rows: readonly ClientFact[]): void {
  const servers = (cut: Cut): Pick<ClientPeer, 'listen' | 'accept'> => ({
    listen: (answer, tlsOptions) => RawServer.listen(answer, cut, tlsOptions),
    accept: (hear) => RawServer.accept(hear, cut),
  });
  show(`${theme}: clients`, rows, {
    async upstream({ wire = PROTOBUF }, cut) {
      return {
        ...servers(cut),
        probe: ({ port }, kind, how = {}) => probeRust(port, wire, kind, how),
      };
    },
    async ours({ options, wire = PROTOBUF }, cut) {
      const contract = echoContract(wire);
      return {
        ...servers(cut),
        probe: ({ port }, kind, how = {}) => probeNest(connectTo(port, { contract, ...options }), kind, how),
      };
    },
  });
}

type Start<Peer, Options> = Record<'upstream' | 'ours', (row: FactCase<Peer, Options>, cut: Cut) => Promise<Peer>>;

function show<Peer, Options>(
  theme: string,
  rows: readonly FactCase<Peer, Options>[],
  start: Start<Peer, Options>,
): void {
  describe(theme, () => {
    beforeEach(captureLog);
    afterEach(async () => {
      await closeProxies();
      closeRawConnections();
      closeRawServers();
      await endRustPeers();
      await closeServices();
    });

    const shown = { upstream: new Set<number>(), ours: new Set<number>() };
    // What only one of them has shown is no agreement.
    afterAll(() => {
      for (const fact of shown.ours) if (shown.upstream.has(fact)) reached('agreement.facts', fact);
    });

    whenAvailable('cargo', hasCargo)('upstream', () => {
      beforeAll(() => buildRust(), 600_000);
      showEach(
        rows.filter(({ only }) => only !== 'ours'),
        (row, cut) => `${nameOf(row)}${cut}`,
        async (row, cut) => {
          expect(await row.steps(await start.upstream(row, cut))).toEqual(row.expected);
          shown.upstream.add(row.fact);
        },
      );
    });

    describe('ours', () => {
      const difference = ({ ours }: FactCase<Peer, Options>): string =>
        ours ? ` (${ours.instead}, because ${ours.because})` : '';
      showEach(
        rows.filter(({ only }) => only !== 'upstream'),
        (row, cut) => `${nameOf(row)}${difference(row)}${cut}`,
        async (row, cut) => {
          expect(await row.steps(await start.ours(row, cut))).toEqual((row.ours ?? row).expected);
          shown.ours.add(row.fact);
        },
      );
    });
  });
}

function showEach<Row extends { readonly uncut?: true }>(
  rows: readonly Row[],
  name: (row: Row, cut: string) => string,
  run: (row: Row, cut: Cut) => Promise<void>,
): void {
  for (const row of rows) {
    it(name(row, ''), () => run(row, 'whole'));
    if (!row.uncut) it(name(row, ', byte by byte'), () => run(row, 'byte by byte'));
  }
}

const nameOf = ({ fact, shows }: Pick<FactCase<unknown, unknown>, 'fact' | 'shows'>): string =>
  `fact ${fact}, ${FACTS[fact]}: ${shows}`;
