import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { InvalidOptionError, ServerProtosocket } from 'nestjs-protosocket';
import { firstValueFrom } from 'rxjs';

import { canReusePort } from '../../lib/session/index.js';
import { captureLog, closeServices, startService } from '../support/app.js';
import { eventually } from '../support/eventually.js';

@Controller()
class PingController {
  @MessagePattern('ping')
  ping(): string {
    return 'pong';
  }
}

const itOn = (supported: boolean): typeof it | typeof it.skip => (canReusePort() === supported ? it : it.skip);

describe('reusePort', () => {
  beforeEach(captureLog);
  afterEach(closeServices);

  itOn(false)('is refused where Node has it not, and would take no notice', () => {
    expect(() => new ServerProtosocket({ reusePort: true })).toThrow(InvalidOptionError);
    expect(() => new ServerProtosocket({ reusePort: true })).toThrow(`this is ${process.versions.node}`);
    expect(() => new ServerProtosocket({ reusePort: false })).not.toThrow();
  });

  itOn(true)('lets several servers listen on one port, of which each serves what it gets', async () => {
    const first = await startService([PingController], { reusePort: true });
    const second = await startService([PingController], { reusePort: true, port: first.port });
    const client = first.client({ connections: 64 });
    await client.connect();
    const counts = (): number[] => [first, second].map(({ server }) => server.getStats().connections);
    await eventually(() => counts()[0]! + counts()[1]! === 64);
    // The kernel draws lots: that one of them loses 64 times does not happen.
    expect(Math.min(...counts())).toBeGreaterThan(0);
    expect(await firstValueFrom(client.send('ping', {}))).toBe('pong');
    await client.close();
  });

  it('is needed for that', async () => {
    const { port } = await startService([PingController]);
    await expect(startService([PingController], { port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('is for ports, and for no path', () => {
    expect(() => new ServerProtosocket({ reusePort: true, path: '/tmp/no-such-socket' })).toThrow(InvalidOptionError);
  });
});
