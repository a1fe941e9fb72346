import { Controller, Injectable } from '@nestjs/common';
import { Ctx, MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import type { ProtosocketContext, ProtosocketError, ProtosocketServerOptions } from 'nestjs-protosocket';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';

import { startService } from '../../support/app.js';
import { type Echo, echoContract, EchoController, type EchoItem } from './echo.js';
import type { Wire } from './rust.js';

/** What the server would print if it were the Rust one. */
@Injectable()
class Printed {
  readonly lines: string[] = [];
}

type Asked = { readonly body: Echo | null };

/** Serves as the Rust server does, its wishes included: see `test/interop/peers/README.md`. */
@Controller()
class WishController {
  private readonly plain = new EchoController();

  constructor(private readonly printed: Printed) {}

  @MessagePattern('Unary')
  async unary(@Payload() { body }: Asked, @Ctx() context: ProtosocketContext): Promise<Echo> {
    if (body === null || body.message === 'reject') throw new RpcException('rejected');
    this.watch(context);
    const [word, number = 0] = wish(body.message);
    if (word === 'never') await new Promise(() => undefined);
    if (word === 'delay') await sleep(number);
    return word === 'size' ? { ...body, message: 'x'.repeat(number) } : body;
  }

  @MessagePattern('Stream')
  async *stream(@Payload() { body }: Asked, @Ctx() context: ProtosocketContext): AsyncGenerator<EchoItem> {
    if (body === null || body.message === 'reject') throw new RpcException('rejected');
    this.watch(context);
    const [word, number = 0] = wish(body.message);
    if (word === 'never') await new Promise(() => undefined);
    if (word === 'delay') await sleep(number);
    if (word === 'endless') {
      for (let sequence = 0; ; sequence++, await turn()) yield { ...body, message: String(sequence), sequence };
    }
    yield* this.plain.stream({ body });
  }

  private watch({ messageId, signal }: ProtosocketContext): void {
    const print = (): unknown => this.printed.lines.push(`dropped ${messageId}`);
    // A Cancel right behind its request is here before Nest has come to the handler.
    if (signal.aborted) print();
    else signal.addEventListener('abort', print);
  }
}

/** Takes a message such as `delay:100` apart. */
function wish(message: string): [word: string, number: number | undefined] {
  const [word = '', number] = message.split(':');
  return [word, number === undefined ? undefined : Number(number)];
}

export interface NestEcho {
  readonly port: number;
  readonly lines: readonly string[];
  /** The codes of what has closed connections. */
  readonly errors: readonly string[];
}

/** Starts a Nest server with the echo contract; closed by `closeServices`. */
export async function startNestEcho(wire: Wire, options: ProtosocketServerOptions = {}): Promise<NestEcho> {
  const errors: string[] = [];
  const service = await startService(
    [WishController],
    { contract: echoContract(wire), ...options },
    (_, server) => server.on('connectionError', (error) => errors.push((error as ProtosocketError).code)),
    [Printed],
  );
  return { port: service.port, lines: service.app.get(Printed).lines, errors };
}
