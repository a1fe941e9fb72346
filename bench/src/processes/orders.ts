import type { Latencies } from '../workload/open-loop.js';
import type { MemorySample } from './memory.js';
import type { Sample } from './sample.js';

/** What keeps a client busy. */
export type Work =
  | {
      readonly kind: 'closed';
      readonly inFlight: number;
      readonly payload: number;
      /** Over which the calls are spread. Default 1. */
      readonly connections?: number;
    }
  | { readonly kind: 'streams' | 'uploads' | 'held'; readonly count: number; readonly payload: number };

/** A client's sample: its replies counted at the same moment. */
export interface ClientSample extends Sample {
  readonly replies: number;
}

/** How much of a process's time went where. */
export type Shares = readonly (readonly [area: string, share: number])[];

/** What the harness has the two processes of a contender do, and what they answer. */
export interface ServerOrders {
  serve(contender: string, port: number): Promise<void>;
  sample(): Promise<Sample>;
  memory(): Promise<MemorySample>;
  profile(seconds: number): Promise<Shares>;
  /** How many calls are held back. */
  held(): Promise<number>;
  /** Answers them. */
  release(): Promise<void>;
  /** The client has stopped. */
  rest(): Promise<void>;
}

export interface ClientOrders {
  connect(contender: string, port: number): Promise<void>;
  /** Has so many connections, and no more. */
  open(connections: number): Promise<void>;
  start(work: Work): Promise<void>;
  sample(): Promise<ClientSample>;
  memory(): Promise<MemorySample>;
  profile(seconds: number): Promise<Shares>;
  stop(): Promise<void>;
  /** Arrivals at `rate` a second, and what became of them. */
  openLoop(rate: number, seconds: number, payload: number): Promise<Latencies>;
}

/** The two sides of a contender. */
export type Role = 'server' | 'client';

export interface Order {
  readonly number: number;
  readonly name: string;
  readonly args: readonly unknown[];
}

export type Answer =
  { readonly number: number; readonly result: unknown } | { readonly number: number; readonly error: string };
