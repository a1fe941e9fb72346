import 'reflect-metadata';

import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type ClientProxy, ClientsModule, Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import {
  ClientProtosocket,
  ConnectFailedError,
  InvalidContractError,
  NoHandlerError,
  PROTOSOCKET,
  ProtosocketContext,
  type ProtosocketServerOptions,
  ServerProtosocket,
} from 'nestjs-protosocket';
import { messagePackContract, struct } from 'nestjs-protosocket/messagepack';
import { protobufContract } from 'nestjs-protosocket/protobuf';
import { MemoryNetwork } from 'nestjs-protosocket/testing';
import { createRequire } from 'node:module';
import { firstValueFrom } from 'rxjs';

const options = { path: process.env.SOCKET_PATH } satisfies ProtosocketServerOptions;

/** Whether what an entry of its own throws is the class that the main one exports. */
function isTold(mistake: () => unknown): boolean {
  try {
    mistake();
  } catch (error) {
    return error instanceof InvalidContractError;
  }
  return false;
}

@Controller()
class MathController {
  @MessagePattern({ cmd: 'sum' }, PROTOSOCKET)
  sum(@Payload() numbers: number[], @Ctx() context: ProtosocketContext): number {
    if (context.getPattern() !== '{"cmd":"sum"}') throw new Error(context.getPattern());
    return numbers.reduce((a, b) => a + b, 0);
  }
}

@Module({
  imports: [ClientsModule.register([{ name: 'MATH', customClass: ClientProtosocket, options }])],
  controllers: [MathController],
})
class AppModule {}

const app = await NestFactory.createMicroservice(AppModule, {
  strategy: new ServerProtosocket(options),
  logger: false,
});
await app.listen();
const client = app.get<ClientProxy>('MATH');
console.log('sum', await firstValueFrom(client.send<number>({ cmd: 'sum' }, [1, 2, 3])));
const failure: unknown = await firstValueFrom(client.send('nobody', {})).catch((error: unknown) => error);
// A CommonJS library in the same process gets the same classes.
const required = createRequire(import.meta.url)('nestjs-protosocket') as typeof import('nestjs-protosocket');
console.log('errors', failure instanceof NoHandlerError && failure instanceof required.NoHandlerError);
const mistakes = [
  () => protobufContract({ request: 'Request', response: 'Response' }),
  () => messagePackContract({ request: struct({}), response: struct({}) }),
];
console.log('contracts', mistakes.every(isTold));
const network = new MemoryNetwork();
const stranger = new ClientProtosocket({ network });
const refused: unknown = await stranger.connect().catch((error: unknown) => error);
console.log('testing', refused instanceof ConnectFailedError);
await app.close();
