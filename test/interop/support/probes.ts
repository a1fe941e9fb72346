import {
  CancelledError,
  type ClientProtosocket,
  ConnectFailedError,
  ConnectionLostError,
  DeadlineExceededError,
  ProtosocketError,
  ProtosocketRecordBuilder,
} from 'nestjs-protosocket';
import { setTimeout as sleep } from 'node:timers/promises';
import { lastValueFrom, type Observable, tap } from 'rxjs';

import type { Echo } from './echo.js';
import { runEchoClient, type Wire } from './rust.js';

/** What the Rust client's `--probe` takes. */
export type ProbeKind =
  'unary' | 'stream' | 'cancel' | 'cancel-stream' | 'two-in-sequence' | 'two-with-same-id' | 'queued';

export interface ProbeOptions {
  readonly body?: string;
  /** In milliseconds, and so is the timeout. */
  readonly pause?: number;
  readonly timeout?: number;
  /** Only upstream's application can choose it. */
  readonly firstId?: string;
  /** Over TLS it takes any certificate, unless it says so. Ours has options for that. */
  readonly publicRoots?: true;
}

const TIMEOUT = 5_000;
/** How many calls are made before the one that is `queued`. */
const AHEAD = 1_000;
/** How long a client stays connected after its last call, so that what it has sent is not lost. */
const LINGER = 50;

/**
 * Runs upstream's client, and tells in words what became of its calls: `ok hello`, `item h`, `complete`, `cancelled`,
 * `timeout`, `closed`, `not connected`.
 */
export async function probeRust(
  port: number,
  wire: Wire,
  kind: ProbeKind,
  { body = 'hello', firstId = '1', pause = 0, publicRoots, timeout = TIMEOUT }: ProbeOptions,
): Promise<string[]> {
  const times = ['--pause-ms', String(pause), '--timeout-ms', String(timeout), '--linger-ms', String(LINGER)];
  const args = ['--probe', kind, '--body', body, '--first-id', firstId, ...times];
  if (publicRoots) args.push('--public-roots');
  const { lines } = await runEchoClient(port, wire, args);
  return lines.map((line) => inWords(line as unknown as Line));
}

interface Line {
  readonly outcome?: string;
  readonly reply?: { readonly kind: string | null; readonly message: string };
  readonly item?: { readonly kind: string | null; readonly message: string };
}

const outcomes: Record<string, string> = {
  CancelledRemotely: 'cancelled',
  Finished: 'complete',
  ConnectionIsClosed: 'closed',
};

function inWords({ item, outcome = '', reply }: Line): string {
  if (item) return `item ${item.kind === null ? 'nothing' : item.message}`;
  if (reply) return `ok ${reply.kind === null ? 'nothing' : reply.message}`;
  return outcomes[outcome] ?? outcome;
}

/** The same with our client, in the same words; and `lost`, for which upstream has none. */
export async function probeNest(client: ClientProtosocket, kind: ProbeKind, options: ProbeOptions): Promise<string[]> {
  const told: string[] = [];
  await new NestProbe(client, options, (line) => told.push(line)).run(kind);
  await sleep(LINGER);
  await client.close();
  return told;
}

class NestProbe {
  constructor(
    private readonly client: ClientProtosocket,
    private readonly options: ProbeOptions,
    private readonly tell: (line: string) => void,
  ) {}

  async run(kind: ProbeKind): Promise<void> {
    const { body = 'hello', pause = 0 } = this.options;
    switch (kind) {
      case 'unary':
        return this.unary(body);
      case 'stream':
        return this.stream(body);
      case 'cancel':
        await this.unary('warm');
        await this.drop(this.call('Unary', body).subscribe(), pause);
        return this.unary('after');
      case 'cancel-stream':
        await this.dropStream(body, pause);
        return this.unary('after');
      case 'two-in-sequence':
        await this.unary(body);
        await sleep(pause);
        return this.unary(body);
      case 'two-with-same-id':
        await Promise.all([this.unary(body), this.unary(body)]);
        return;
      case 'queued':
        for (let call = 0; call < AHEAD; call++) this.call('Unary', body).subscribe({ error: () => undefined });
        await sleep(pause);
        return this.unary(body);
    }
  }

  private async unary(body: string): Promise<void> {
    try {
      const reply = await lastValueFrom(this.call('Unary', body), { defaultValue: undefined });
      this.tell(`ok ${reply?.message ?? 'nothing'}`);
    } catch (error) {
      this.tell(reasonOf(error));
    }
  }

  private async stream(body: string): Promise<void> {
    const items = this.call('Stream', body).pipe(tap((item) => this.tell(`item ${item?.message ?? 'nothing'}`)));
    try {
      await lastValueFrom(items, { defaultValue: undefined });
      this.tell('complete');
    } catch (error) {
      this.tell(reasonOf(error));
    }
  }

  private async dropStream(body: string, pause: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const items = this.call('Stream', body).subscribe((item) => {
        this.tell(`item ${item?.message ?? 'nothing'}`);
        void this.drop(items, pause).then(resolve);
      });
    });
  }

  private async drop(call: { unsubscribe(): void }, pause: number): Promise<void> {
    if (pause > 0) await sleep(pause);
    call.unsubscribe();
    this.tell('dropped');
  }

  private call(route: string, message: string): Observable<Echo | undefined> {
    const { timeout = TIMEOUT } = this.options;
    return this.client.send(
      route,
      new ProtosocketRecordBuilder({ body: { message, nanotime: 1 } }).setTimeout(timeout).build(),
    );
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof CancelledError) return 'cancelled';
  if (error instanceof DeadlineExceededError) return 'timeout';
  if (error instanceof ConnectFailedError) return 'not connected';
  if (!(error instanceof ConnectionLostError)) return String(error);
  return error.cause instanceof ProtosocketError ? `lost by ${error.cause.code}` : 'lost';
}
