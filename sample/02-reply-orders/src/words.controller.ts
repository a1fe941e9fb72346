import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { StringDecoder } from 'node:string_decoder';
import { endWith, map, type Observable, scan } from 'rxjs';

import { countWords } from './count-words.js';

export interface Progress {
  bytes: number;
  words: number;
  /** Whether the file is over, and with it its last word. */
  done: boolean;
}

const nothingYet = { bytes: 0, words: 0, rest: '', done: false };

@Controller()
export class WordsController {
  /** Takes a file chunk by chunk, and answers each with the count so far: full duplex. */
  @MessagePattern('count words')
  count(@Payload() chunks: Observable<Buffer>): Observable<Progress> {
    // A chunk may end within a character.
    const decoder = new StringDecoder('utf8');
    return chunks.pipe(
      endWith(undefined),
      scan(({ bytes, words, rest }, chunk) => {
        if (!chunk) return { bytes, words: words + countWords(rest + decoder.end()), rest: '', done: true };
        const text = rest + decoder.write(chunk);
        // What follows the last space may go on in the next chunk.
        const end = text.search(/\S*$/);
        return {
          bytes: bytes + chunk.length,
          words: words + countWords(text.slice(0, end)),
          rest: text.slice(end),
          done: false,
        };
      }, nothingYet),
      map(({ bytes, words, done }) => ({ bytes, words, done })),
    );
  }
}
