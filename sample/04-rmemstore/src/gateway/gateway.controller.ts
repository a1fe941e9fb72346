import {
  BadRequestException,
  Body,
  Controller,
  Get,
  Inject,
  NotFoundException,
  Param,
  Put,
  ServiceUnavailableException,
} from '@nestjs/common';
import type { ClientProxy } from '@nestjs/microservices';
import { ProtosocketError } from 'nestjs-protosocket';
import { catchError, map, type Observable } from 'rxjs';

import type { Get as GetCommand, Put as PutCommand, Response } from '../rmemstore.js';
import { isJson, type Json, jsonOf, valueOf } from './values.js';

/** HTTP on this side, rmemstore on the other, through an injected ClientProxy like any other. */
@Controller('keys')
export class GatewayController {
  constructor(@Inject('RMEMSTORE') private readonly rmemstore: ClientProxy) {}

  @Put(':key')
  put(@Param('key') key: string, @Body() body: unknown): Observable<{ stored: boolean }> {
    if (!isJson(body)) throw new BadRequestException('A value is a text, or an object of values');
    const command: PutCommand = { key: Buffer.from(key), value: valueOf(body) };
    return this.ask('put', command).pipe(map(({ ok }) => ({ stored: ok === true })));
  }

  @Get(':key')
  get(@Param('key') key: string): Observable<{ value: Json }> {
    const command: GetCommand = { key: Buffer.from(key) };
    return this.ask('get', command).pipe(
      map(({ value }) => {
        if (!value) throw new NotFoundException(`Nothing is stored under ${key}`);
        return { value: jsonOf(value) };
      }),
    );
  }

  private ask(pattern: string, command: GetCommand | PutCommand): Observable<Response> {
    return this.rmemstore.send<Response>(pattern, command).pipe(
      catchError((error: unknown) => {
        // Such as CONNECT_FAILED and CONNECTION_LOST: the store has not answered.
        throw error instanceof ProtosocketError ? new ServiceUnavailableException(error.code) : error;
      }),
    );
  }
}
