import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { Ctx, MessagePattern } from '@nestjs/microservices';
import { DeadlineExceededError, ProtosocketContext, ProtosocketRecordBuilder } from 'nestjs-protosocket';
import { lastValueFrom, NEVER, type Observable } from 'rxjs';

import { captureLog, closeServices, startService } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { closeTcpServers, TcpServer } from '../support/tcp-server.js';

const stopped: string[] = [];

@Controller()
class SlowController {
  @MessagePattern('never')
  never(_: unknown, @Ctx() context: ProtosocketContext): Observable<never> {
    context.signal.addEventListener('abort', () => stopped.push((context.signal.reason as Error).name));
    return NEVER;
  }

  @MessagePattern('deadline')
  deadline(_: unknown, @Ctx() context: ProtosocketContext): number | null {
    return context.deadline?.getTime() ?? null;
  }
}

describe('deadlines', () => {
  beforeEach(() => {
    stopped.length = 0;
    captureLog();
  });
  afterEach(closeTcpServers);
  afterEach(closeServices);

  it('of one call: the caller gets a DeadlineExceededError and the handler is stopped', async () => {
    const client = (await startService([SlowController])).client();
    await client.connect();
    const record = new ProtosocketRecordBuilder({}).setTimeout(500).build();
    await expect(lastValueFrom(client.send('never', record))).rejects.toBeInstanceOf(DeadlineExceededError);
    await eventually(() => stopped.length > 0);
    // Whichever of the two clocks is first: the deadline that travelled, or the Cancel of the caller.
    expect(['DeadlineExceededError', 'CancelledError']).toContain(stopped[0]);
  });

  it('of a client hold for all its calls, but a record goes before it', async () => {
    const service = await startService([SlowController]);
    const client = service.client({ timeout: 3_600_000 });
    const before = Date.now();
    const deadline = (timeout?: number): Promise<number> => {
      const builder = new ProtosocketRecordBuilder({});
      return lastValueFrom(client.send<number>('deadline', (timeout ? builder.setTimeout(timeout) : builder).build()));
    };
    expect((await deadline()) - before).toBeGreaterThan(3_500_000);
    expect((await deadline(60_000)) - before).toBeLessThan(3_500_000);
    await expect(lastValueFrom(service.client().send('deadline', {}))).resolves.toBeNull();
  });

  it('count the time to connect', async () => {
    const { port } = await TcpServer.listen();
    const service = await startService([SlowController]);
    // TLS to a peer that never says a word: the connection never stands.
    const client = service.client({ host: '127.0.0.1', port, tlsOptions: {}, timeout: 40 });
    await expect(lastValueFrom(client.send('never', {}))).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });
});
