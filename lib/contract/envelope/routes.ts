import type { ErrorArm } from './failures.js';

/** What is said of one route. */
export interface RouteOptions {
  /**
   * `unary` (default): one reply, which ends the call. `stream`: any number, and an End. It has to be said, because
   * protosocket peers cannot see it from the messages.
   */
  readonly reply?: 'unary' | 'stream';

  /**
   * The arm of the response that carries the reply. Default: the arm with the name of the route, or with the last name of
   * a path such as `unary.get`. Where there is neither, the reply is the whole response.
   */
  readonly response?: string;

  /**
   * The arm of the response that carries the failures of this route, in place of the contract's `error`. `false`: they are
   * a Cancel, and the caller learns no more. Default: as the contract says.
   */
  readonly error?: string | ErrorArm | false | undefined;
}

/** A handler's answer that is a whole response, though its route has an arm: in place of that arm's payload. */
export class WholeResponse {
  constructor(readonly fields: Record<string, unknown>) {}
}
