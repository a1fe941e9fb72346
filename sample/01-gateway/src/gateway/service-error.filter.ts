import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, HttpStatus } from '@nestjs/common';
import { ErrorCode, ProtosocketError } from 'nestjs-protosocket';

interface Response {
  status(code: number): this;
  json(body: unknown): void;
}

const statusOfCode: Partial<Record<ErrorCode, HttpStatus>> = {
  [ErrorCode.NO_HANDLER]: HttpStatus.NOT_IMPLEMENTED,
  [ErrorCode.DEADLINE_EXCEEDED]: HttpStatus.GATEWAY_TIMEOUT,
  [ErrorCode.CONNECT_FAILED]: HttpStatus.SERVICE_UNAVAILABLE,
  [ErrorCode.UNAVAILABLE]: HttpStatus.SERVICE_UNAVAILABLE,
};

/** Says in HTTP what went wrong behind the gateway. */
@Catch()
export class ServiceErrorFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    if (error instanceof HttpException) {
      response.status(error.getStatus()).json(error.getResponse());
    } else if (error instanceof ProtosocketError) {
      const { code, message } = error;
      response.status(statusOfCode[code] ?? HttpStatus.BAD_GATEWAY).json({ code, message });
    } else {
      // What the handler threw, as it threw it.
      response.status(HttpStatus.UNPROCESSABLE_ENTITY).json(error);
    }
  }
}
