import {
  BadRequestException,
  Body,
  Controller,
  Get,
  Inject,
  type MessageEvent,
  ParseFloatPipe,
  ParseIntPipe,
  Post,
  Query,
  Sse,
  UseFilters,
} from '@nestjs/common';
import { ClientProxy } from '@nestjs/microservices';
import { ProtosocketRecordBuilder } from 'nestjs-protosocket';
import { randomUUID } from 'node:crypto';
import { map, type Observable } from 'rxjs';

import { ParseNumbersPipe } from './parse-numbers.pipe.js';
import { ServiceErrorFilter } from './service-error.filter.js';

/** HTTP on this side, message patterns on the other. Nothing here knows how they travel. */
@Controller()
@UseFilters(ServiceErrorFilter)
export class GatewayController {
  constructor(@Inject('MATH') private readonly math: ClientProxy) {}

  /** A request, with metadata beside its payload. */
  @Get('sum')
  sum(@Query('numbers', ParseNumbersPipe) numbers: number[]): Observable<object> {
    const record = new ProtosocketRecordBuilder(numbers).setMetadata({ 'request-id': randomUUID() }).build();
    return this.math.send<number>({ cmd: 'sum' }, record).pipe(map((sum) => ({ sum })));
  }

  /** A stream. */
  @Sse('primes')
  primes(@Query('below', ParseIntPipe) below: number): Observable<MessageEvent> {
    return this.math.send<number>({ cmd: 'primes' }, below).pipe(map(asEvent));
  }

  /** A stream to walk away from: Nest unsubscribes when the HTTP client leaves, and that stops the microservice. */
  @Sse('countdown')
  countdown(@Query('from', ParseIntPipe) from: number): Observable<MessageEvent> {
    return this.math.send<number>({ cmd: 'countdown' }, from).pipe(map(asEvent));
  }

  /** A call that has only so much time. */
  @Get('ponder')
  ponder(@Query('question') question: string, @Query('timeout', ParseIntPipe) timeout: number): Observable<string> {
    return this.math.send<string>(
      { cmd: 'ponder' },
      new ProtosocketRecordBuilder(question).setTimeout(timeout).build(),
    );
  }

  /** An event: answered when the microservice has taken it. */
  @Post('notes')
  takeNote(@Body('text') text?: string): Observable<unknown> {
    if (!text) throw new BadRequestException('text is missing');
    return this.math.emit('note taken', text);
  }

  @Get('notes')
  notes(): Observable<string[]> {
    return this.math.send<string[]>('notes', {});
  }

  /** A call that fails in the handler, if the divisor is 0. */
  @Get('divide')
  divide(
    @Query('dividend', ParseFloatPipe) dividend: number,
    @Query('divisor', ParseFloatPipe) divisor: number,
  ): Observable<object> {
    return this.math.send<number>({ cmd: 'divide' }, { dividend, divisor }).pipe(map((quotient) => ({ quotient })));
  }

  /** A call that no handler takes. */
  @Get('nobody')
  nobody(): Observable<unknown> {
    return this.math.send('nobody', {});
  }
}

const asEvent = (data: number): MessageEvent => ({ data: String(data) });
