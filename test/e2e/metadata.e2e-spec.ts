import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import { type Metadata, ProtosocketContext, ProtosocketRecordBuilder } from 'nestjs-protosocket';
import { lastValueFrom, of, toArray } from 'rxjs';

import { captureLog, closeServices, startService } from '../support/app.js';
import { eventually } from '../support/eventually.js';

let ofEvent: Metadata | undefined;

@Controller()
class MetadataController {
  @MessagePattern('echo')
  echo(@Payload() data: unknown, @Ctx() context: ProtosocketContext): unknown {
    context.setReplyMetadata({ 'served-by': 'echo', count: 3 as unknown as string });
    return { data, metadata: context.getMetadata() };
  }

  @MessagePattern('stream')
  stream(_: unknown, @Ctx() context: ProtosocketContext): unknown {
    context.setReplyMetadata({ 'served-by': 'stream' });
    return of(1, 2, 3);
  }

  @MessagePattern('nothing')
  nothing(_: unknown, @Ctx() context: ProtosocketContext): void {
    context.setReplyMetadata({ 'served-by': 'nothing' });
  }

  @MessagePattern('failure')
  failure(_: unknown, @Ctx() context: ProtosocketContext): void {
    context.setReplyMetadata({ 'served-by': 'failure' });
    throw new RpcException('no');
  }

  @EventPattern<string>('event')
  event(_: unknown, @Ctx() context: ProtosocketContext): void {
    ofEvent = context.getMetadata();
  }
}

describe('metadata', () => {
  beforeEach(captureLog);
  afterEach(closeServices);

  it('of a record reaches the handler, beside the payload', async () => {
    const client = (await startService([MetadataController])).client();
    const metadata = { tenant: 'a', ünïcode: '✓' };
    const record = new ProtosocketRecordBuilder({ a: 1 }).setMetadata(metadata).build();
    expect(await lastValueFrom(client.send('echo', record))).toEqual({ data: { a: 1 }, metadata });
    expect(await lastValueFrom(client.send('echo', { a: 1 }))).toEqual({ data: { a: 1 } });
  });

  it('of the dispatch hook goes with requests and events; that of a record goes before it', async () => {
    const client = (await startService([MetadataController])).client();
    client.setOnDispatchHook((packet) => (packet.metadata = { trace: String(packet.pattern), tenant: 'hook' }));
    const record = new ProtosocketRecordBuilder(1).setMetadata({ tenant: 'record' }).build();
    expect(await lastValueFrom(client.send('echo', record))).toEqual({
      data: 1,
      metadata: { trace: 'echo', tenant: 'record' },
    });
    client.emit('event', {});
    await eventually(() => ofEvent !== undefined);
    expect(ofEvent).toEqual({ trace: 'event', tenant: 'hook' });
  });

  it.each([
    ['echo', { 'served-by': 'echo', count: '3' }, 1],
    ['stream', { 'served-by': 'stream' }, 3],
    ['nothing', { 'served-by': 'nothing' }, 0],
  ])('of the reply %s reaches the caller once, before the items', async (pattern, expected, items) => {
    const client = (await startService([MetadataController])).client();
    const seen: unknown[] = [];
    const record = new ProtosocketRecordBuilder({}).onReplyMetadata((metadata) => seen.push(metadata)).build();
    const replies = await lastValueFrom(client.send(pattern, record).pipe(toArray()));
    expect(seen).toEqual([expected]);
    expect(replies).toHaveLength(items);
  });

  it('of a failing reply reaches the caller as well', async () => {
    const client = (await startService([MetadataController])).client();
    const seen: unknown[] = [];
    const record = new ProtosocketRecordBuilder({}).onReplyMetadata((metadata) => seen.push(metadata)).build();
    await expect(lastValueFrom(client.send('failure', record))).rejects.toBeDefined();
    expect(seen).toEqual([{ 'served-by': 'failure' }]);
  });
});
