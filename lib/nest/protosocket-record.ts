import type { Metadata } from '../contract/index.js';
import { checkTimeout } from './check-options.js';

/** What one call has beside its payload. Made by {@link ProtosocketRecordBuilder}. */
export class ProtosocketRecord<T = unknown> {
  readonly timeout: number | undefined;

  /** @throws InvalidOptionError for a timeout that is not a number from 0 up. */
  constructor(
    readonly data: T,
    readonly metadata?: Metadata,
    timeout?: number,
    readonly signal?: AbortSignal,
    readonly onReplyMetadata?: (metadata: Metadata) => void,
    readonly idempotent?: boolean,
    readonly waitForReady?: boolean,
  ) {
    this.timeout = checkTimeout(timeout);
  }
}

/**
 * Sets what one call has beside its payload.
 *
 * ```ts
 * const record = new ProtosocketRecordBuilder({ text: 'hi' }).setMetadata({ tenant: 'a' }).setTimeout(500).build();
 * client.send('greet', record);
 * ```
 */
export class ProtosocketRecordBuilder<T = unknown> {
  private metadata: Metadata | undefined;
  private timeout: number | undefined;
  private signal: AbortSignal | undefined;
  private replyMetadataListener: ((metadata: Metadata) => void) | undefined;
  private idempotent: boolean | undefined;
  private waitForReady: boolean | undefined;

  constructor(private data: T) {}

  setData(data: T): this {
    this.data = data;
    return this;
  }

  /** Key-values that travel beside the payload; the handler reads them from `context.getMetadata()`. */
  setMetadata(metadata: Metadata): this {
    this.metadata = metadata;
    return this;
  }

  /**
   * How long the call may take until its last reply, in milliseconds, the time to connect included. It travels with the
   * request: the server stops the handler when it has passed.
   */
  setTimeout(timeout: number): this {
    this.timeout = timeout;
    return this;
  }

  /** Aborting it cancels the call, which fails with a CancelledError. */
  setSignal(signal: AbortSignal): this {
    this.signal = signal;
    return this;
  }

  /** Called with the metadata of the reply, if it has any, before its first item. */
  onReplyMetadata(listener: (metadata: Metadata) => void): this {
    this.replyMetadataListener = listener;
    return this;
  }

  /**
   * Says that running the handler twice is as good as once: the call is sent again when its connection was lost before
   * anything came back. Never so with a request stream, whose items are gone. `false` says that it is not, whatever the
   * handler says of itself. Default: what the handler says, with `@MessagePattern('get', { idempotent: true })`.
   */
  setIdempotent(idempotent = true): this {
    this.idempotent = idempotent;
    return this;
  }

  /** Has the call wait for a connection until its timeout, or not: see the client's option `waitForReady`. */
  setWaitForReady(waitForReady = true): this {
    this.waitForReady = waitForReady;
    return this;
  }

  /** @throws InvalidOptionError for a timeout that is not a number from 0 up. */
  build(): ProtosocketRecord<T> {
    return new ProtosocketRecord(
      this.data,
      this.metadata,
      this.timeout,
      this.signal,
      this.replyMetadataListener,
      this.idempotent,
      this.waitForReady,
    );
  }
}
