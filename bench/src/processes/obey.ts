import type { Answer, Order } from './orders.js';

/** Carries out the harness's orders, and ends when the harness does, however that came about. */
export function obey(orders: object): void {
  const known = new Map(Object.entries(orders)) as Map<string, (...args: unknown[]) => unknown>;
  process.on('disconnect', () => process.exit());
  // Ctrl-C reaches the whole group. Who reports what was measured so far is the harness.
  process.on('SIGINT', () => undefined);
  process.on('message', ({ args, name, number }: Order) => {
    void (async () => {
      try {
        answer({ number, result: await known.get(name)!(...args) });
      } catch (error) {
        answer({ number, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
      }
    })();
  });
}

function answer(message: Answer): void {
  if (process.connected) process.send!(message);
}
