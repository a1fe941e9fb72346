import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import cluster from 'node:cluster';

export interface Counted {
  /** The number of the worker that has counted. */
  readonly worker: number;
  readonly primes: number;
}

@Controller()
export class PrimesController {
  /** Some work for a core: about a millisecond for 20,000. */
  @MessagePattern('count primes')
  countPrimes(below: number): Counted {
    let primes = 0;
    for (let number = 2; number < below; number++) if (isPrime(number)) primes++;
    return { worker: cluster.worker?.id ?? 0, primes };
  }
}

function isPrime(number: number): boolean {
  for (let divisor = 2; divisor * divisor <= number; divisor++) if (number % divisor === 0) return false;
  return true;
}
