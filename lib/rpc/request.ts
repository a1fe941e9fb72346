import type { Metadata } from '../contract/index.js';

/** What somebody asks of a server. */
export interface Request {
  readonly route: string;
  /** `undefined` for a request stream, whose items follow. */
  readonly body: unknown;
  readonly options: RequestOptions;
}

/** What a request may have beside its payload. Apart from it, so that requests that have the same share it. */
export interface RequestOptions {
  readonly event?: boolean | undefined;
  readonly metadata?: Metadata | undefined;
  /** The body is a whole packet that a custom serializer made. */
  readonly packet?: boolean | undefined;
  /**
   * To run it twice is as good as once, so it may be sent again when its connection was lost. Default: what the server
   * says of its route.
   */
  readonly idempotent?: boolean | undefined;
  /** Where there is no connection, it waits until there is one, however often that fails; for as long as its timeout. */
  readonly waitForReady?: boolean | undefined;
}
