import { Logger } from '@nestjs/common';

import { type OutgoingStream, type Pullable, Pump } from '../rpc/index.js';

/**
 * Moves the items of an iterable that is the application's. What its `finally` blocks throw when its call is over is
 * logged, as what the teardown of an Observable does.
 */
export function pumpOf(source: Pullable, stream: OutgoingStream): Pump {
  return new Pump(source, stream, (error) => Logger.error(error));
}
