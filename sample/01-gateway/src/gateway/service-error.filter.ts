import { type ArgumentsHost, Catch, HttpStatus } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { ErrorCode, ProtosocketError } from 'nestjs-protosocket';

interface Response {
  status(code: number): this;
  json(body: unknown): void;
}

const statusOfCode: Partial<Record<ErrorCode, HttpStatus>> = {
  // A timeout that is none: the only option that the HTTP client chooses.
  [ErrorCode.INVALID_OPTION]: HttpStatus.BAD_REQUEST,
  [ErrorCode.NO_HANDLER]: HttpStatus.NOT_IMPLEMENTED,
  [ErrorCode.DEADLINE_EXCEEDED]: HttpStatus.GATEWAY_TIMEOUT,
  [ErrorCode.CONNECT_FAILED]: HttpStatus.SERVICE_UNAVAILABLE,
  [ErrorCode.UNAVAILABLE]: HttpStatus.SERVICE_UNAVAILABLE,
};

/** Says in HTTP what went wrong behind the gateway. */
@Catch()
export class ServiceErrorFilter extends BaseExceptionFilter {
  override catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    if (error instanceof ProtosocketError) {
      const { code, message } = error;
      response.status(statusOfCode[code] ?? HttpStatus.BAD_GATEWAY).json({ code, message });
    } else if (error instanceof Error) {
      // Went wrong in the gateway itself.
      super.catch(error, host);
    } else {
      // What the handler threw, as it threw it: the object of its RpcException.
      response.status(HttpStatus.UNPROCESSABLE_ENTITY).json(error);
    }
  }
}
