import { readFileSync } from 'node:fs';

/** What a process has open beside its connections. */
const OTHERS = 100;

/** How many files a process may have open. Node takes the hard limit; elsewhere than on Linux nobody tells. */
function limit(): number {
  try {
    const [, , hard] = /^Max open files +(\S+) +(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))!;
    return hard === 'unlimited' ? Infinity : Number(hard);
  } catch {
    return Infinity;
  }
}

export const openFiles = {
  /** How many connections a process may have. */
  sockets: limit() - OTHERS,
  advice: `a process may have ${limit()} files open here; \`ulimit -n\` tells, and allows more`,
};
