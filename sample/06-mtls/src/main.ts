import 'reflect-metadata';

import { NestFactory } from '@nestjs/core';
import { ServerProtosocket } from 'nestjs-protosocket';

import { CertificateAuthority } from './certificate-authority.js';
import { demonstrate } from './demonstration.js';
import { PaymentsModule } from './payments.module.js';
import { serverTlsOptions } from './tls-options.js';

const authority = new CertificateAuthority();
const tlsOptions = serverTlsOptions(authority, 'payments 1');
const server = new ServerProtosocket({ host: '127.0.0.1', port: 0, tlsOptions });
const service = await NestFactory.createMicroservice(PaymentsModule, { strategy: server, logger: false });
try {
  await service.listen();
  await demonstrate(server, authority, (line) => console.log(`  ${line}`));
} finally {
  await service.close();
  authority.close();
}
