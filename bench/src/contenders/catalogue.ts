import type { BrokerName } from '../processes/broker.js';
import type { Contender } from './contender.js';

/** What not every contender has, or can be measured at, beside plain calls. */
export type Ability =
  /** Streams of replies, and of requests. */
  | 'streams'
  | 'uploads'
  /** Calls at a fixed rate. */
  | 'openLoop'
  /** Messages of up to 4 MiB. */
  | 'payloads'
  /** As many connections as are asked for. */
  | 'connections'
  /** Calls that are held back until the server is told to answer. */
  | 'held';

export interface Entry {
  readonly name: string;
  readonly title: string;
  readonly broker?: BrokerName;
  readonly offers: readonly Ability[];
  /** Only the processes of a contender load what it is made of. None: they are the Rust programs. */
  readonly load?: () => Promise<Contender>;
}

export const catalogue: readonly Entry[] = [
  {
    name: 'grpc',
    title: 'Nest gRPC',
    offers: ['streams', 'uploads', 'openLoop', 'payloads', 'held'],
    load: async () => (await import('./nest-grpc.js')).grpc,
  },
  {
    name: 'http',
    title: 'Nest HTTP (fastify, 64 connections)',
    offers: ['openLoop'],
    load: async () => (await import('./nest-http.js')).http,
  },
  {
    name: 'redis',
    title: 'Nest Redis',
    broker: 'redis',
    offers: ['streams', 'openLoop'],
    load: async () => (await import('./nest-brokers.js')).redis,
  },
  {
    name: 'nats',
    title: 'Nest NATS',
    broker: 'nats',
    offers: ['streams', 'openLoop'],
    load: async () => (await import('./nest-brokers.js')).nats,
  },
  {
    name: 'tcp',
    title: 'Nest TCP',
    offers: ['streams', 'openLoop', 'payloads', 'connections', 'held'],
    load: async () => (await import('./nest-tcp.js')).asItIs,
  },
  {
    name: 'tcp-fair',
    title: 'Nest TCP, object pattern + NODELAY',
    offers: ['streams', 'openLoop', 'payloads', 'connections', 'held'],
    load: async () => (await import('./nest-tcp.js')).fair,
  },
  {
    name: 'json',
    title: 'this transport, JSON',
    offers: ['streams', 'uploads', 'openLoop', 'payloads', 'connections', 'held'],
    load: async () => (await import('./protosocket.js')).json,
  },
  {
    name: 'protobuf',
    title: 'this transport, protobuf',
    offers: ['streams', 'openLoop', 'payloads', 'connections', 'held'],
    load: async () => (await import('./protosocket.js')).protobuf,
  },
  {
    name: 'floor-json',
    title: 'floor, JSON',
    offers: ['streams', 'openLoop', 'payloads', 'connections'],
    load: async () => (await import('./floor.js')).json,
  },
  {
    name: 'floor-protobuf',
    title: 'floor, protobuf',
    offers: ['streams', 'openLoop', 'payloads', 'connections'],
    load: async () => (await import('./floor.js')).protobuf,
  },
  {
    name: 'nest-floor-json',
    title: "floor behind Nest's pipeline, JSON",
    offers: ['streams'],
    load: async () => (await import('./floor-nest.js')).json,
  },
  {
    name: 'nest-floor-protobuf',
    title: "floor behind Nest's pipeline, protobuf",
    offers: ['streams'],
    load: async () => (await import('./floor-nest.js')).protobuf,
  },
  {
    name: 'rust',
    title: 'upstream, Rust, protobuf',
    offers: ['streams', 'payloads'],
  },
];

export function entryOf(name: string): Entry {
  const entry = catalogue.find((each) => each.name === name);
  if (entry) return entry;
  throw new Error(`There is no contender ${name}: there is ${catalogue.map((each) => each.name).join(', ')}`);
}

/** What the processes of a contender do. */
export async function contenderOf(name: string): Promise<Contender> {
  const { load } = entryOf(name);
  if (!load) throw new Error(`${name} has no process in Node`);
  return load();
}
