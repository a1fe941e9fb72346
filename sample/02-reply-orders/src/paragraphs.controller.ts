import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { PROTOSOCKET, type ReplyOrder } from 'nestjs-protosocket';
import { setTimeout as sleep } from 'node:timers/promises';

import { countWords } from './count-words.js';

export interface Paragraph {
  number: number;
  text: string;
}

/** What the handlers did, in order, for the table that the sample prints. */
export interface Timeline {
  started: number[];
  finished: number[];
}

/** Odd and even paragraphs are each kept in order, and do not wait for each other. */
const byParity: ReplyOrder = { key: ({ number }: Paragraph) => number % 2 };

/** The same work under every reply order: each handler sets its own. */
@Controller()
export class ParagraphsController {
  private timeline: Timeline = { started: [], finished: [] };

  @MessagePattern('concurrent', PROTOSOCKET)
  concurrent(@Payload() paragraph: Paragraph): Promise<number> {
    return this.count(paragraph);
  }

  @MessagePattern('ordered', PROTOSOCKET, { replyOrder: 'ordered' })
  ordered(@Payload() paragraph: Paragraph): Promise<number> {
    return this.count(paragraph);
  }

  @MessagePattern('serial', PROTOSOCKET, { replyOrder: 'serial' })
  serial(@Payload() paragraph: Paragraph): Promise<number> {
    return this.count(paragraph);
  }

  @MessagePattern('by key', PROTOSOCKET, { replyOrder: byParity })
  byKey(@Payload() paragraph: Paragraph): Promise<number> {
    return this.count(paragraph);
  }

  /** What was done since it was last asked. */
  @MessagePattern('timeline', PROTOSOCKET)
  takeTimeline(): Timeline {
    const { timeline } = this;
    this.timeline = { started: [], finished: [] };
    return timeline;
  }

  private async count({ number, text }: Paragraph): Promise<number> {
    this.timeline.started.push(number);
    const words = countWords(text);
    // A long paragraph takes its time, so that one that came later may be done before it.
    await sleep(words);
    this.timeline.finished.push(number);
    return words;
  }
}
