import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What a process holds after a full collection, in bytes. */
export interface MemorySample {
  /** Of JavaScript: live objects, and buffers outside of the heap. */
  readonly heap: number;
  readonly external: number;
  readonly resident: number;
}

let collect: (() => void) | undefined;

export function takeMemory(): MemorySample {
  if (!collect) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
  const { external, heapUsed, rss } = process.memoryUsage();
  return { heap: heapUsed, external, resident: rss };
}
