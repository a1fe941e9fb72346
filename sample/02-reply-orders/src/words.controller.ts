import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { endWith, map, type Observable, scan } from 'rxjs';

import { countWords } from './count-words.js';

export interface Progress {
  bytes: number;
  words: number;
}

const nothingYet = { bytes: 0, words: 0, rest: '' };

@Controller()
export class WordsController {
  /** Takes a file chunk by chunk, and answers each with the count so far: full duplex. */
  @MessagePattern('count words')
  count(@Payload() chunks: Observable<Buffer>): Observable<Progress> {
    return chunks.pipe(
      // Empty: the word at the end of the file is complete.
      endWith(undefined),
      scan(({ bytes, words, rest }, chunk) => {
        if (!chunk) return { bytes, words: words + countWords(rest), rest: '' };
        const text = rest + chunk.toString('latin1');
        // What follows the last space may go on in the next chunk.
        const end = text.search(/\S*$/);
        return { bytes: bytes + chunk.length, words: words + countWords(text.slice(0, end)), rest: text.slice(end) };
      }, nothingYet),
      map(({ bytes, words }) => ({ bytes, words })),
    );
  }
}
