import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import {
  ConnectFailedError,
  ConnectionLostError,
  DeadlineExceededError,
  ProtosocketRecordBuilder,
} from 'nestjs-protosocket';
import { MemoryNetwork } from 'nestjs-protosocket/testing';
import { firstValueFrom, lastValueFrom, NEVER, type Observable, range, toArray } from 'rxjs';

import { captureLog, closeServices, type Service, startService } from '../support/app.js';
import { eventually } from '../support/eventually.js';

@Controller()
class NetworkController {
  @MessagePattern('echo')
  echo(data: unknown): unknown {
    return data;
  }

  @MessagePattern('range')
  range(count: number): Observable<number> {
    return range(count);
  }

  @MessagePattern('never')
  never(): Observable<never> {
    return NEVER;
  }
}

describe('a network in memory', () => {
  let network: MemoryNetwork;
  let service: Service;
  beforeEach(async () => {
    captureLog();
    network = new MemoryNetwork({ seed: 3 });
    service = await startService([NetworkController], { network });
  });
  afterEach(closeServices);

  it('carries calls, streams and large payloads, on no port of the machine', async () => {
    const client = service.client({ network });
    const large = 'x'.repeat(1024 * 1024);
    expect(await firstValueFrom(client.send('echo', large))).toBe(large);
    expect(await lastValueFrom(client.send<number>('range', 500).pipe(toArray()))).toHaveLength(500);
    expect(network.links).toHaveLength(1);
    // The same port, on the network of the machine.
    await expect(service.client().connect()).rejects.toThrow(ConnectFailedError);
  });

  it('is cut: calls in flight are lost, and the next one finds a new connection', async () => {
    const client = service.client({ network });
    const lost = firstValueFrom(client.send('never', {})).catch((error: unknown) => error);
    await eventually(() => service.server.getStats().inFlight === 1);
    network.cut();
    expect(await lost).toBeInstanceOf(ConnectionLostError);
    expect(await firstValueFrom(client.send('echo', 'again'))).toBe('again');
  });

  it('stalls: calls wait, until their deadline or until it flows', async () => {
    const client = service.client({ network });
    await client.connect();
    network.stall();
    const hasty = new ProtosocketRecordBuilder('hasty').setTimeout(20).build();
    await expect(firstValueFrom(client.send('echo', hasty))).rejects.toThrow(DeadlineExceededError);
    const patient = firstValueFrom(client.send('echo', 'patient'));
    network.flow();
    expect(await patient).toBe('patient');
  });

  it('refuses', async () => {
    network.refuses = true;
    await expect(firstValueFrom(service.client({ network }).send('echo', 1))).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      cause: { code: 'ECONNREFUSED' },
    });
  });
});
