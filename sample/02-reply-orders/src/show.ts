import type { ClientProxy } from '@nestjs/microservices';
import { lastValueFrom, tap } from 'rxjs';

import { chunksOf, countWordsOf, ORDERS, tryOrder } from './demonstration.js';
import type { Paragraph } from './paragraphs.controller.js';

/** Prints what goes to the service and what comes back, in the order in which it does. */
export async function showStream(client: ClientProxy, file: string): Promise<void> {
  console.log(`\nThe words of ${file}, counted by the service while the file is streamed to it:\n`);
  await lastValueFrom(
    countWordsOf(client, told(chunksOf(file))).pipe(
      tap(({ bytes, words, done }) => {
        console.log(`  ${' '.repeat(20)}${done ? 'in all ' : 'counted'} ${column(bytes)} bytes ${column(words)} words`);
      }),
    ),
  );
}

/** Prints what each reply order does to the same calls. */
export async function showOrders(client: ClientProxy, paragraphs: Paragraph[]): Promise<void> {
  console.log(`
${paragraphs.length} paragraphs of it, the longest first, sent at once over one connection. The longer one is, the longer its
handler takes. In which order were they

  reply order    started    finished    replied to
  ------------------------------------------------`);
  for (const order of ORDERS) {
    const { started, finished, replied } = await tryOrder(client, order, paragraphs);
    const cells = [order.padEnd(15), started.join(' ').padEnd(11), finished.join(' ').padEnd(12), replied.join(' ')];
    console.log(`  ${cells.join('')}`);
  }
  console.log('\nBy key: here 1 and 3 keep their order, and 2 and 4 theirs.\n');
}

async function* told(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    console.log(`  sent ${column(chunk.length)} bytes`);
    yield chunk;
  }
}

const column = (number: number): string => String(number).padStart(7);
