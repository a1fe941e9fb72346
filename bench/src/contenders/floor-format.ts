import type { FrameSink } from '../internals.js';
import type { Echo, Items } from '../workload/echo.js';

/** A reply is of one call, and for streams not always the last. */
export interface FloorReply {
  readonly id: number;
  /** None on a message that does nothing but end its stream. */
  readonly item: Echo | undefined;
  readonly more: boolean;
}

export type FloorRequest =
  | { readonly id: number; readonly echo: Echo; readonly items?: undefined }
  | { readonly id: number; readonly echo?: undefined; readonly items: Items };

/** The floor's messages as bytes: the same that a contender of this transport sends. */
export interface FloorFormat {
  writeRequest(request: FloorRequest, out: FrameSink): void;
  readRequest(bytes: Buffer, start: number, end: number): FloorRequest;
  writeReply(reply: FloorReply, out: FrameSink): void;
  readReply(bytes: Buffer, start: number, end: number): FloorReply;
}
