import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ClientProtosocket, ProtosocketRecordBuilder } from 'nestjs-protosocket';
import { firstValueFrom } from 'rxjs';

import { captureLog } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { assertNoOpenHandles } from '../support/open-handles.js';
import { endServerProcesses, ServerProcess } from './support/server-process.js';

const MARKED = 'slow and idempotent';

describe('SIGKILL', () => {
  let client: ClientProtosocket | undefined;
  beforeEach(captureLog);
  afterEach(endServerProcesses);
  afterEach(() => client?.close());
  afterEach(assertNoOpenHandles);

  it('has what is marked idempotent run again by the next process on the port, and nothing else', async () => {
    const server = await ServerProcess.start();
    const { port } = server;
    client = new ClientProtosocket({ host: '127.0.0.1', port, gracePeriod: 0, waitForReady: true });
    expect(await firstValueFrom(client.send('work', 0))).toBe(0);
    const calls = [
      client.send(MARKED, { id: 1, ms: 2_000 }),
      client.send('slow', { id: 2, ms: 60_000 }),
      client.send(MARKED, new ProtosocketRecordBuilder({ id: 3, ms: 60_000 }).setIdempotent(false).build()),
    ].map((call) => firstValueFrom(call).catch(({ code }: { code: string }) => code));
    await eventually(() => server.lines.filter((line) => line.startsWith('started')).length === 3);
    await server.endBy('SIGKILL');
    expect(await Promise.all(calls.slice(1))).toEqual(['CONNECTION_LOST', 'CONNECTION_LOST']);
    const next = await ServerProcess.start({ port });
    expect(await calls[0]).toBe(1);
    expect(next.lines.slice(1)).toEqual(['started 1', 'finished 1']);
  });
});
