import 'reflect-metadata';

import { NestFactory } from '@nestjs/core';
import { fork } from 'node:child_process';
import { once } from 'node:events';

import { HOST, HTTP_PORT } from './addresses.js';
import { GatewayModule } from './gateway/gateway.module.js';

// Two processes, as they would be two services. A Ctrl-C reaches both, and each closes in good order.
const microservice = fork(new URL('./math/main.js', import.meta.url));
microservice.on('exit', (code) => {
  if (code) process.exit(code);
});
await once(microservice, 'message');

// A stream that is still open would hold up the end: cutting it cancels its call.
const gateway = await NestFactory.create(GatewayModule, { forceCloseConnections: true });
gateway.enableShutdownHooks();
await gateway.listen(HTTP_PORT, HOST);

const url = `http://${HOST}:${HTTP_PORT}`;
console.log(`
The gateway takes HTTP at ${url}. In another terminal, try:

  a request        curl '${url}/sum?numbers=1,2,3'
  a stream         curl -N '${url}/primes?below=30'
  an event         curl -X POST -d 'text=buy milk' ${url}/notes
                   curl ${url}/notes
  cancel           curl -N '${url}/countdown?from=60'
                   and Ctrl-C: the microservice says below where it stopped
  a deadline       curl '${url}/ponder?question=everything&timeout=500'
  an error         curl '${url}/divide?dividend=1&divisor=0'
                   curl ${url}/nobody

Ctrl-C here ends both processes.
`);
