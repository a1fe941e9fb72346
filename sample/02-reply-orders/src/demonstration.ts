import type { ClientProxy } from '@nestjs/microservices';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { lastValueFrom, merge, type Observable, tap } from 'rxjs';

import { countWords } from './count-words.js';
import type { Paragraph, Timeline } from './paragraphs.controller.js';
import type { Progress } from './words.controller.js';

const CHUNK = 2 * 1024;
const PARAGRAPHS = 4;
export const ORDERS = ['concurrent', 'ordered', 'serial', 'by key'] as const;

/** The file in chunks, each read when it is asked for: the file is opened with the first. */
export async function* chunksOf(file: string): AsyncGenerator<Buffer> {
  yield* createReadStream(file, { highWaterMark: CHUNK });
}

/** Streams a text to the service, and tells the progress that the service streams back meanwhile. */
export function countWordsOf(client: ClientProxy, chunks: AsyncIterable<Buffer>): Observable<Progress> {
  // An iterable, so the text is read only as fast as the service takes it.
  return client.send<Progress>('count words', chunks);
}

/** Four paragraphs of the file, the longest first. */
export async function paragraphsOf(file: string): Promise<Paragraph[]> {
  const text = await readFile(file, 'utf8');
  const candidates = text
    .split(/\n\s*\n/)
    .filter((paragraph) => countWords(paragraph) > 10)
    .sort((a, b) => countWords(b) - countWords(a));
  const step = Math.floor(candidates.length / PARAGRAPHS);
  if (step === 0) throw new Error(`${file} is too short: it takes four paragraphs of more than ten words`);
  return Array.from({ length: PARAGRAPHS }, (_, index) => ({ number: index + 1, text: candidates[index * step]! }));
}

/** What one order does to the same four calls. */
export interface Row extends Timeline {
  order: string;
  replied: number[];
}

/** Asks for all paragraphs at once, and looks in which order they were started, finished and replied to. */
export async function tryOrder(client: ClientProxy, order: string, paragraphs: Paragraph[]): Promise<Row> {
  const replied: number[] = [];
  const calls = paragraphs.map((paragraph) =>
    client.send<number>(order, paragraph).pipe(tap(() => replied.push(paragraph.number))),
  );
  await lastValueFrom(merge(...calls));
  const { started, finished } = await lastValueFrom(client.send<Timeline>('timeline', {}));
  return { order, started, finished, replied };
}
