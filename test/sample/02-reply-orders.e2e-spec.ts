import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientProtosocket, ServerProtosocket } from 'nestjs-protosocket';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom, toArray } from 'rxjs';

import {
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
    const text = readFileSync('LICENSE', 'latin1');
    const progress = await lastValueFrom(countWordsOf(client, 'LICENSE').pipe(toArray()));
    expect(progress.length).toBeGreaterThan(3);
    expect(progress.at(-1)).toEqual({ bytes: text.length, words: text.split(/\s+/).filter(Boolean).length });
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
