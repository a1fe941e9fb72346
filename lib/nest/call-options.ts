import type { Metadata } from '../contract/index.js';
import type { CallOptions } from '../session/index.js';
import { metadataOf } from './metadata.js';
import type { ProtosocketRecord } from './protosocket-record.js';

/** What holds for all calls of a client. */
interface Defaults {
  readonly timeout: number | undefined;
  readonly waitForReady: boolean;
  /** Whether payloads travel as packets of a serializer. */
  readonly packet: boolean;
}

/**
 * What the calls of a client have beside their payload. Most have nothing of their own there, and share it: it need not
 * be made, held and copied by the garbage collector for each.
 */
export class ClientCallOptions {
  private readonly ofAnyCall: CallOptions;
  private readonly ofAnyEvent: CallOptions;

  constructor(private readonly defaults: Defaults) {
    const { packet } = defaults;
    this.ofAnyCall = this.make({ event: false, packet });
    this.ofAnyEvent = this.make({ event: true, packet });
  }

  /** @param metadata of the dispatch hook. */
  of(event: boolean, record?: ProtosocketRecord, metadata?: Metadata): CallOptions {
    if (record || metadata) return this.make({ event, packet: this.defaults.packet }, record, metadata);
    return event ? this.ofAnyEvent : this.ofAnyCall;
  }

  /** Of a call with a request stream, whose items are no packets. */
  ofStream(feed: CallOptions['feed'], record?: ProtosocketRecord, metadata?: Metadata): CallOptions {
    return this.make({ event: false, packet: false, feed }, record, metadata);
  }

  /** All of one shape, which is what they are read by. */
  private make(
    { event, feed, packet }: Pick<CallOptions, 'event' | 'feed' | 'packet'>,
    record?: ProtosocketRecord,
    metadata?: Metadata,
  ): CallOptions {
    return {
      event,
      packet,
      feed,
      timeout: record?.timeout ?? this.defaults.timeout,
      signal: record?.signal,
      idempotent: record?.idempotent,
      waitForReady: record?.waitForReady ?? this.defaults.waitForReady,
      metadata: mergedMetadata(metadata, record?.metadata),
    };
  }
}

function mergedMetadata(ofHook: Metadata | undefined, ofRecord: Metadata | undefined): Metadata | undefined {
  return ofHook || ofRecord ? metadataOf({ ...ofHook, ...ofRecord }) : undefined;
}
