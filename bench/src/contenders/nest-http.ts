import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Agent, request } from 'node:http';

import type { ReplyObserver } from '../workload/caller.js';
import { HttpRoutes } from '../workload/echo-controllers.js';
import type { Echo } from '../workload/echo.js';
import { type Contender, HOST } from './contender.js';
import { moduleOf } from './nest-server.js';

const CONNECTIONS = 64;

/** Over HTTP, by Node's own client: what an app does that calls a service of its own over REST. */
export const http: Contender = {
  async serve(port) {
    const app = await NestFactory.create(moduleOf(HttpRoutes), new FastifyAdapter(), { logger: ['error', 'warn'] });
    await app.listen(port, HOST);
  },

  connect(port) {
    const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
    return Promise.resolve({ echo: (message, observer) => post(agent, port, message, observer) });
  },
};

function post(agent: Agent, port: number, message: Echo, observer: ReplyObserver): void {
  const body = JSON.stringify(message);
  const call = request({
    agent,
    host: HOST,
    port,
    path: '/echo',
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
  });
  call.on('error', (error) => observer.error(error));
  call.on('response', (response) => {
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => (text += chunk));
    response.on('end', () => {
      observer.next(JSON.parse(text) as Echo);
      observer.complete();
    });
  });
  call.end(body);
}
