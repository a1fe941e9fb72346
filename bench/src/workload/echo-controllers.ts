import { Body, Controller, Post } from '@nestjs/common';
import { GrpcMethod, MessagePattern, Payload } from '@nestjs/microservices';
import { Observable } from 'rxjs';

import { type Echo, itemOf, type Items } from './echo.js';

/** The one service of all contenders; what follows are its doors. */
function items({ count, item }: Items): Observable<Echo> {
  return new Observable((subscriber) => {
    for (let index = 0; index < count && !subscriber.closed; index++) subscriber.next(itemOf(item, index));
    subscriber.complete();
  });
}

@Controller()
export class StringPatterns {
  @MessagePattern('echo')
  echo(@Payload() message: Echo): Echo {
    return message;
  }

  @MessagePattern('items')
  items(@Payload() request: Items): Observable<Echo> {
    return items(request);
  }
}

@Controller()
export class ObjectPatterns {
  @MessagePattern({ cmd: 'echo' })
  echo(@Payload() message: Echo): Echo {
    return message;
  }

  @MessagePattern({ cmd: 'items' })
  items(@Payload() request: Items): Observable<Echo> {
    return items(request);
  }
}

@Controller()
export class GrpcMethods {
  @GrpcMethod('EchoService', 'Echo')
  echo(message: Echo): Echo {
    return message;
  }

  @GrpcMethod('EchoService', 'Items')
  items(request: Items): Observable<Echo> {
    return items(request);
  }
}

@Controller()
export class HttpRoutes {
  @Post('echo')
  echo(@Body() message: Echo): Echo {
    return message;
  }
}
