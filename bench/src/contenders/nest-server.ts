import { Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';

/** Starts a Nest microservice with the controller of the workload. */
export async function serveNest(controller: Type, options: MicroserviceOptions): Promise<void> {
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(moduleOf(controller), {
    ...options,
    logger: ['error', 'warn'],
  });
  await app.listen();
}

export function moduleOf(controller: Type): Type {
  class EchoModule {}
  Module({ controllers: [controller] })(EchoModule);
  return EchoModule;
}
