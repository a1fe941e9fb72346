import { Controller, Logger } from '@nestjs/common';
import { Ctx, MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import { ProtosocketContext } from 'nestjs-protosocket';
import { setTimeout as sleep } from 'node:timers/promises';

@Controller()
export class MathController {
  private readonly logger = new Logger(MathController.name);

  @MessagePattern({ cmd: 'sum' })
  sum(@Payload() numbers: number[], @Ctx() context: ProtosocketContext): number {
    this.logger.log(`sum of ${numbers.length} numbers, request ${context.getMetadata()?.['request-id']}`);
    return numbers.reduce((sum, number) => sum + number, 0);
  }

  /** Each prime is found when it is asked for: who reads slowly is served slowly. */
  @MessagePattern({ cmd: 'primes' })
  *primes(@Payload() below: number): Generator<number> {
    for (let candidate = 2; candidate < below; candidate++) {
      if (isPrime(candidate)) yield candidate;
    }
  }

  /** One number a second. Its `finally` shows that a caller who leaves stops the work. */
  @MessagePattern({ cmd: 'countdown' })
  async *countdown(@Payload() from: number, @Ctx() context: ProtosocketContext): AsyncGenerator<number> {
    let count = from;
    try {
      for (; count > 0; count--) {
        yield count;
        // Wakes up at once when the call is over, so that the work ends then and not a second later.
        await sleep(1_000, undefined, { signal: context.signal }).catch(() => undefined);
        if (context.signal.aborted) return;
      }
    } finally {
      this.logger.log(count > 0 ? `countdown stopped at ${count}` : 'countdown done');
    }
  }

  /** Takes five seconds, unless nobody waits any more. */
  @MessagePattern({ cmd: 'ponder' })
  async ponder(@Payload() question: string, @Ctx() context: ProtosocketContext): Promise<string> {
    try {
      await sleep(5_000, undefined, { signal: context.signal });
      return `The answer to "${question}" is 42`;
    } catch {
      this.logger.log(`pondering stopped: ${(context.signal.reason as Error).message}`);
      throw new RpcException('stopped');
    }
  }

  @MessagePattern({ cmd: 'divide' })
  divide(@Payload() { dividend, divisor }: { dividend: number; divisor: number }): number {
    if (divisor === 0) {
      throw new RpcException({ code: 'DIVISION_BY_ZERO', message: 'There is no such number', details: { dividend } });
    }
    return dividend / divisor;
  }
}

function isPrime(candidate: number): boolean {
  for (let divisor = 2; divisor * divisor <= candidate; divisor++) {
    if (candidate % divisor === 0) return false;
  }
  return true;
}
