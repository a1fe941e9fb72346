import { Body, Controller, Post } from '@nestjs/common';
import { GrpcMethod, GrpcStreamMethod, MessagePattern, Payload } from '@nestjs/microservices';
import { map, Observable, reduce } from 'rxjs';

import { type Echo, itemOf, type Items } from './echo.js';
import { held } from './held.js';

/** The one service of all contenders; what follows are its doors. */
function items({ count, item }: Items): Observable<Echo> {
  return new Observable((subscriber) => {
    for (let index = 0; index < count && !subscriber.closed; index++) subscriber.next(itemOf(item, index));
    subscriber.complete();
  });
}

function collect(items: Observable<Echo>): Observable<Echo> {
  return items.pipe(
    reduce((last: Collected, item) => ({ count: last.count + 1, item }), { count: 0, item: undefined }),
    map(({ count, item }) => ({ ...item!, id: count })),
  );
}

interface Collected {
  readonly count: number;
  readonly item: Echo | undefined;
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

  @MessagePattern('hold')
  hold(@Payload() message: Echo): Promise<Echo> {
    return held.hold(message);
  }
}

/** The built-in contract alone has request streams. */
@Controller()
export class StringPatternsAndUploads extends StringPatterns {
  @MessagePattern('collect')
  collect(@Payload() items: Observable<Echo>): Observable<Echo> {
    return collect(items);
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

  @MessagePattern({ cmd: 'hold' })
  hold(@Payload() message: Echo): Promise<Echo> {
    return held.hold(message);
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

  @GrpcStreamMethod('EchoService', 'Collect')
  collect(items: Observable<Echo>): Observable<Echo> {
    return collect(items);
  }

  @GrpcMethod('EchoService', 'Hold')
  hold(message: Echo): Promise<Echo> {
    return held.hold(message);
  }
}

@Controller()
export class HttpRoutes {
  @Post('echo')
  echo(@Body() message: Echo): Echo {
    return message;
  }
}
