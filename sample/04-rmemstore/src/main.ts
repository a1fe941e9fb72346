import 'reflect-metadata';

import { NestFactory } from '@nestjs/core';
import { fork } from 'node:child_process';
import { once } from 'node:events';

import { HOST, HTTP_PORT, RMEMSTORED_PORT, STORE_PORT } from './addresses.js';
import { GatewayModule } from './gateway/gateway.module.js';

if (RMEMSTORED_PORT === undefined) {
  const store = fork(new URL('./store/main.js', import.meta.url));
  store.on('exit', (code) => {
    if (code) process.exit(code);
  });
  await once(store, 'message');
}

const gateway = await NestFactory.create(GatewayModule);
gateway.enableShutdownHooks();
await gateway.listen(HTTP_PORT, HOST);

const url = `http://${HOST}:${HTTP_PORT}/keys`;
const json = `-X PUT -H 'content-type: application/json' -d`;
console.log(`
The gateway takes HTTP at ${url}, and speaks with
${RMEMSTORED_PORT === undefined ? 'a store served by Nest' : 'rmemstored'} on port ${STORE_PORT}. In another terminal, try:

  put     curl ${json} '{"name": "ann", "likes": {"tea": "green"}}' ${url}/ann
  get     curl ${url}/ann
  a miss  curl ${url}/bob

Ctrl-C here ends it.
`);
