import type { BrokerName } from '../processes/broker.js';
import type { Contender } from './contender.js';

export interface Entry {
  readonly name: string;
  readonly title: string;
  readonly broker?: BrokerName;
  readonly streams: boolean;
  /** Only the processes of a contender load what it is made of. */
  load(): Promise<Contender>;
}

export const catalogue: readonly Entry[] = [
  {
    name: 'grpc',
    title: 'Nest gRPC',
    streams: true,
    load: async () => (await import('./nest-grpc.js')).grpc,
  },
  {
    name: 'http',
    title: 'Nest HTTP (fastify, 64 connections)',
    streams: false,
    load: async () => (await import('./nest-http.js')).http,
  },
  {
    name: 'redis',
    title: 'Nest Redis',
    broker: 'redis',
    streams: true,
    load: async () => (await import('./nest-brokers.js')).redis,
  },
  {
    name: 'nats',
    title: 'Nest NATS',
    broker: 'nats',
    streams: true,
    load: async () => (await import('./nest-brokers.js')).nats,
  },
  {
    name: 'tcp',
    title: 'Nest TCP',
    streams: true,
    load: async () => (await import('./nest-tcp.js')).asItIs,
  },
  {
    name: 'tcp-fair',
    title: 'Nest TCP, object pattern + NODELAY',
    streams: true,
    load: async () => (await import('./nest-tcp.js')).fair,
  },
  {
    name: 'json',
    title: 'this transport, JSON',
    streams: true,
    load: async () => (await import('./protosocket.js')).json,
  },
  {
    name: 'protobuf',
    title: 'this transport, protobuf',
    streams: true,
    load: async () => (await import('./protosocket.js')).protobuf,
  },
  {
    name: 'floor-json',
    title: 'floor, JSON',
    streams: true,
    load: async () => (await import('./floor.js')).json,
  },
  {
    name: 'floor-protobuf',
    title: 'floor, protobuf',
    streams: true,
    load: async () => (await import('./floor.js')).protobuf,
  },
];

export function entryOf(name: string): Entry {
  const entry = catalogue.find((each) => each.name === name);
  if (entry) return entry;
  throw new Error(`There is no contender ${name}: there is ${catalogue.map((each) => each.name).join(', ')}`);
}
