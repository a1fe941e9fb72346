import type { Metadata } from '../../lib/contract/index.js';
import type { ReplyObserver } from '../../lib/rpc/index.js';

type End = { is: 'completed' } | { is: 'failed'; error: unknown };

/** Takes what a call brings, for a test to look at. */
export class RecordedReply implements ReplyObserver {
  readonly items: unknown[] = [];
  readonly metadatas: Metadata[] = [];
  /** Not there while the call is open; more than one would be a bug of its own. */
  readonly ends: End[] = [];
  /** What came after the end: always a bug. */
  readonly late: string[] = [];

  /** @param remaining milliseconds that it waits. */
  constructor(public remaining?: number) {}

  get failure(): unknown {
    const [end] = this.ends;
    return end?.is === 'failed' ? end.error : undefined;
  }

  get isCompleted(): boolean {
    return this.ends.length === 1 && this.ends[0]!.is === 'completed';
  }

  next(body: unknown): void {
    if (this.ends.length > 0) this.late.push('item');
    this.items.push(body);
  }

  metadata(metadata: Metadata): void {
    if (this.ends.length > 0) this.late.push('metadata');
    this.metadatas.push(metadata);
  }

  complete(): void {
    this.ends.push({ is: 'completed' });
  }

  error(error: unknown): void {
    this.ends.push({ is: 'failed', error });
  }
}
