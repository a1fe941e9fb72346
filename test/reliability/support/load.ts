import { ClientProtosocket, type ProtosocketClientOptions } from 'nestjs-protosocket';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';

import { eventually } from '../../support/eventually.js';

interface Call {
  readonly id: number;
  reply: unknown;
  error: unknown;
  /** How often it was told that it is over. */
  ends: number;
  /** When it was told so, in ms. */
  toldAt: number;
}

/** Nest's own way to call, without RxJS, which would hide it if a call ended twice. */
class BareClient extends ClientProtosocket {
  begin(call: Call, ended: () => void): void {
    this.publish({ pattern: 'work', data: call.id }, ({ err, isDisposed, response }) => {
      if (response !== undefined) call.reply = response;
      if (!isDisposed) return;
      call.ends++;
      call.toldAt = performance.now();
      call.error = err;
      ended();
    });
  }
}

/** Calls at an even rate, over several clients, each with an id of its own. */
export class Load {
  readonly calls: Call[] = [];
  private readonly clients: BareClient[];
  private readonly open = new Set<Call>();
  /** How many calls have been answered. */
  answered = 0;
  private timer: NodeJS.Timeout | undefined;
  private began = 0;
  private lastBegun = 0;

  constructor(
    private readonly rate: number,
    clients: number,
    options: ProtosocketClientOptions,
  ) {
    this.clients = Array.from({ length: clients }, () => new BareClient({ host: '127.0.0.1', ...options }));
  }

  get inFlight(): Call[] {
    return [...this.open];
  }

  /** How many connections its clients have. */
  get connections(): number {
    return this.clients.reduce((sum, client) => sum + client.getStats().connections, 0);
  }

  /** How many calls a second it came to. */
  get reachedRate(): number {
    return this.calls.length / ((this.lastBegun - this.began) / 1_000);
  }

  get failed(): Call[] {
    return this.calls.filter(({ error }) => error !== undefined);
  }

  get acknowledged(): number[] {
    return this.calls.filter(({ id, reply }) => reply === id).map(({ id }) => id);
  }

  start(): void {
    this.began = performance.now();
    this.timer = setInterval(() => {
      this.lastBegun = performance.now();
      const due = ((this.lastBegun - this.began) / 1_000) * this.rate;
      while (this.calls.length < due) this.begin();
    }, 2);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /**
   * Has `look` called when a client's connection was closed that had stood, with the calls that the client had in flight
   * then, once they were told: in the same turn of the event loop. `closedAt` is the time of the close, in ms.
   */
  onClose(look: (wereInFlight: Call[], closedAt: number) => void): void {
    const inFlight = (): Call[] => this.inFlight;
    const count = this.clients.length;
    for (const [index, client] of this.clients.entries()) {
      client.on('close', function (this: Socket) {
        if (this.bytesRead === 0) return;
        const wereInFlight = inFlight().filter(({ id }) => id % count === index);
        const closedAt = performance.now();
        setImmediate(() => look(wereInFlight, closedAt));
      });
    }
  }

  /** Makes no more calls, and waits for those in flight, up to 10 s: whoever has heard nothing then hears nothing any more. */
  async drain(): Promise<void> {
    this.stop();
    const deadline = performance.now() + 10_000;
    await eventually(() => this.open.size === 0 || performance.now() > deadline);
  }

  async close(): Promise<void> {
    this.stop();
    await Promise.all(this.clients.map((client) => client.close()));
  }

  private begin(): void {
    const id = this.calls.length;
    const call: Call = { id, reply: undefined, error: undefined, ends: 0, toldAt: 0 };
    this.calls.push(call);
    this.open.add(call);
    this.clients[id % this.clients.length]!.begin(call, () => {
      this.open.delete(call);
      if (call.error === undefined) this.answered++;
    });
  }
}

/** The ids that servers have noted, in order. */
export function executedOf(ledger: string): number[] {
  const lines = readFileSync(ledger, 'utf8').split('\n');
  return lines.slice(0, -1).map(Number);
}

/** The ids that occur more than once. */
export function twiceIn(ids: number[]): number[] {
  const seen = new Set<number>();
  return ids.filter((id) => seen.size === seen.add(id).size);
}
