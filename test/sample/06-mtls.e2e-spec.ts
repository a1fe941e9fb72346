import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ServerProtosocket } from 'nestjs-protosocket';
import { readFileSync } from 'node:fs';

import { CertificateAuthority } from '../../sample/06-mtls/src/certificate-authority.js';
import { demonstrate } from '../../sample/06-mtls/src/demonstration.js';
import { PaymentsModule } from '../../sample/06-mtls/src/payments.module.js';
import { serverTlsOptions } from '../../sample/06-mtls/src/tls-options.js';
import { captureLog } from '../support/app.js';

const readme = readFileSync('sample/06-mtls/README.md', 'utf8');

describe('sample 06', () => {
  const authority = new CertificateAuthority();
  const tlsOptions = serverTlsOptions(authority, 'payments 1');
  const server = new ServerProtosocket({ host: '127.0.0.1', port: 0, tlsOptions });
  let service: INestMicroservice;

  beforeAll(async () => {
    captureLog();
    service = await NestFactory.createMicroservice(PaymentsModule, { strategy: server, logger: false });
    await service.listen();
  });
  afterAll(async () => {
    await service.close();
    authority.close();
    expect(server.getStats()).toEqual({ connections: 0, inFlight: 0 });
  });

  it('prints what the README says', async () => {
    const lines: string[] = [];
    await demonstrate(server, authority, (line) => lines.push(`  ${line}`));
    expect(readme).toContain(`\n${lines.join('\n')}\n`);
  });
});
