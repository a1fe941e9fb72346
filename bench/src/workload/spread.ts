import type { Caller } from './caller.js';

/** Makes one call over each connection by turns. */
export function spread(callers: readonly Caller[]): Caller {
  if (callers.length === 1) return callers[0]!;
  let turn = 0;
  return {
    echo(message, observer) {
      turn = (turn + 1) % callers.length;
      callers[turn]!.echo(message, observer);
    },
  };
}
