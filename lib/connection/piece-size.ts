/** In bytes. Each piece costs both sides calls of the system, and may have to wake the peer. */
const MIN_PIECE = 2 * 1024;

/** Of the first in a tick, which are to wake the peer: what is in flight may be no more than a few kilobytes. */
export const MIN_FIRST_PIECE = 512;

/** For as long as it takes to make one, the peer may have nothing to do. */
const MAX_PIECE = 16 * 1024;

/** Of what is in flight: one for each side to work on, and one on its way to each. */
const PIECES = 4;

/** Who sends: one of the two sides of a connection. */
export interface Sender {
  /** It answers its peer. */
  readonly answers: boolean;
  /** Bytes that came in with the last read. */
  readonly lastRead: number;
  /** Calls of this side that are in flight. */
  readonly awaited: number;
}

/**
 * How many bytes gather before they leave without waiting for the end of the tick, so that the peer works on the first
 * messages while this side makes the next.
 *
 * With one piece for all that is in flight, the two sides would take turns. So who calls sends a quarter of it at a time,
 * and who answers sends its replies in pieces as large as those in which the calls came.
 *
 * @param averageLength of a message, in bytes.
 * @param before How many pieces have left in this tick. After as many as all calls make there is more to come, as with streams.
 */
export function pieceSize({ answers, awaited, lastRead }: Sender, averageLength: number, before: number): number {
  const wanted = answers ? lastRead : (averageLength * awaited) / PIECES;
  return Math.min(Math.max(wanted, before < PIECES ? MIN_FIRST_PIECE : MIN_PIECE), MAX_PIECE);
}
