import type { Latencies } from '../workload/open-loop.js';
import type { Sample } from './sample.js';

/** What keeps a client busy. */
export type Work =
  | { readonly kind: 'closed'; readonly inFlight: number; readonly message: string }
  | { readonly kind: 'streams'; readonly count: number; readonly message: string };

/** A client's sample: its replies counted at the same moment. */
export interface ClientSample extends Sample {
  readonly replies: number;
}

/** What the harness has the two processes of a contender do, and what they answer. */
export interface ServerOrders {
  serve(contender: string, port: number): Promise<void>;
  sample(): Promise<Sample>;
  /** The client has stopped. */
  rest(): Promise<void>;
}

export interface ClientOrders {
  connect(contender: string, port: number): Promise<void>;
  start(work: Work): Promise<void>;
  sample(): Promise<ClientSample>;
  stop(): Promise<void>;
  /** Arrivals at `rate` a second, and what became of them. */
  openLoop(rate: number, seconds: number, message: string): Promise<Latencies>;
}

export interface Order {
  readonly number: number;
  readonly name: string;
  readonly args: readonly unknown[];
}

export type Answer =
  { readonly number: number; readonly result: unknown } | { readonly number: number; readonly error: string };
