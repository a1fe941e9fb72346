import { describe, expect, it } from '@jest/globals';
import { of } from 'rxjs';

import { answer } from '../../lib/nest/answer.js';
import type { ReplyStream } from '../../lib/nest/reply-stream.js';
import { turn } from '../support/turn.js';

describe('answer', () => {
  it('sends the last item of an Observable once, as the reply: a serializer would be asked for each', async () => {
    const sent: unknown[] = [];
    const stream = {
      isOpen: true,
      next: (item: unknown) => sent.push(['next', item]),
      reply: (item: unknown) => sent.push(['reply', item]),
    } as unknown as ReplyStream;
    answer(stream, of(1, 2));
    await turn();
    expect(sent).toEqual([
      ['next', 1],
      ['reply', 2],
    ]);
  });
});
