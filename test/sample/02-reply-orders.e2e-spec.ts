import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientProtosocket, ServerProtosocket } from 'nestjs-protosocket';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom, tap, toArray } from 'rxjs';

import {
  chunksOf,
  countWordsOf,
  ORDERS,
  paragraphsOf,
  type Row,
  tryOrder,
} from '../../sample/02-reply-orders/src/demonstration.js';
import { TextModule } from '../../sample/02-reply-orders/src/text.module.js';

describe('sample 02', () => {
  const folder = mkdtempSync(join(tmpdir(), 'protosocket-test-'));
  const options = { path: join(folder, 'socket') };
  const client = new ClientProtosocket(options);
  let service: INestMicroservice;

  beforeAll(async () => {
    service = await NestFactory.createMicroservice(TextModule, {
      strategy: new ServerProtosocket(options),
      logger: false,
    });
    await service.listen();
  });
  afterAll(async () => {
    await client.close();
    await service.close();
    rmSync(folder, { recursive: true });
  });

  it('counts the words of a file that is streamed to it, and streams the count back', async () => {
    const text = readFileSync('LICENSE', 'utf8');
    const progress = await lastValueFrom(countWordsOf(client, chunksOf('LICENSE')).pipe(toArray()));
    expect(progress.length).toBeGreaterThan(3);
    const words = text.split(/\s+/).filter(Boolean).length;
    expect(progress.at(-1)).toEqual({ bytes: Buffer.byteLength(text), words, done: true });
    expect(progress.filter(({ done }) => done)).toHaveLength(1);
  });

  it('counts while the text is still on its way', async () => {
    let counted!: () => void;
    const firstCount = new Promise<void>((resolve) => (counted = resolve));
    async function* chunks(): AsyncGenerator<Buffer> {
      yield Buffer.from('one two thr');
      // Never goes on, unless the first chunk is answered before the last is sent.
      await firstCount;
      yield Buffer.from('ee four');
    }
    const progress = await lastValueFrom(countWordsOf(client, chunks()).pipe(tap(counted), toArray()));
    expect(progress.map(({ words }) => words)).toEqual([2, 3, 4]);
  });

  it('puts characters together that were split between chunks', async () => {
    const bytes = Buffer.from('déjà-vu à la carte');
    async function* eachByte(): AsyncGenerator<Buffer> {
      for (const byte of bytes) yield Buffer.from([byte]);
    }
    const progress = await lastValueFrom(countWordsOf(client, eachByte()));
    expect(progress).toEqual({ bytes: bytes.length, words: 4, done: true });
  });

  it('takes no file without enough paragraphs', async () => {
    const file = join(folder, 'short.txt');
    writeFileSync(file, 'one two');
    await expect(paragraphsOf(file)).rejects.toThrow('too short');
  });

  it('shows what each order does', async () => {
    const paragraphs = await paragraphsOf('LICENSE');
    const rows = new Map<string, Row>();
    for (const order of ORDERS) rows.set(order, await tryOrder(client, order, paragraphs));
    const inOrder = [1, 2, 3, 4];
    const concurrent = rows.get('concurrent')!;
    expect(concurrent.replied).toEqual(concurrent.finished);
    expect(rows.get('ordered')).toMatchObject({ started: inOrder, replied: inOrder });
    expect(rows.get('serial')).toMatchObject({ started: inOrder, finished: inOrder, replied: inOrder });
    const { replied } = rows.get('by key')!;
    expect(replied.filter((number) => number % 2 === 1)).toEqual([1, 3]);
    expect(replied.filter((number) => number % 2 === 0)).toEqual([2, 4]);
  });
});
