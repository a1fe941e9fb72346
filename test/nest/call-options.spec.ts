import { describe, expect, it } from '@jest/globals';

import { ClientCallOptions } from '../../lib/nest/call-options.js';
import { ProtosocketRecordBuilder } from '../../lib/nest/protosocket-record.js';

const options = new ClientCallOptions({ timeout: 500, waitForReady: true, packet: true });

describe('ClientCallOptions', () => {
  it.each([false, true])('are shared by calls that have none of their own (events: %s)', (event) => {
    expect(options.of(event)).toBe(options.of(event));
    expect(options.of(event)).toEqual({ event, packet: true, timeout: 500, waitForReady: true });
  });

  it('have what a record says, before what holds for all', () => {
    const { signal } = new AbortController();
    const record = new ProtosocketRecordBuilder(1)
      .setTimeout(0)
      .setWaitForReady(false)
      .setIdempotent(false)
      .setSignal(signal)
      .setMetadata({ a: 'record' })
      .build();
    const own = { timeout: 0, waitForReady: false, idempotent: false, signal, metadata: { a: 'record' } };
    expect(options.of(false, record)).toEqual({ ...own, event: false, packet: true });
    expect(options.of(false)).toEqual({ event: false, packet: true, timeout: 500, waitForReady: true });
  });

  it('have the metadata of the hook, and of the record before it', () => {
    const record = new ProtosocketRecordBuilder(1).setMetadata({ a: 'record' }).build();
    expect(options.of(true, undefined, { a: 'hook' }).metadata).toEqual({ a: 'hook' });
    expect(options.of(true, record, { a: 'hook', b: 'hook' }).metadata).toEqual({ a: 'record', b: 'hook' });
  });

  it('of a stream feed it, and say of no item that it is a packet', () => {
    const feed = (): (() => void) => () => undefined;
    expect(options.ofStream(feed)).toEqual({ event: false, packet: false, feed, timeout: 500, waitForReady: true });
  });
});
