import { type CustomTransportStrategy, Server } from '@nestjs/microservices';
import type { Observable } from 'rxjs';

import { StringPatterns } from '../workload/echo-controllers.js';
import type { Echo } from '../workload/echo.js';
import { floor } from './floor.js';
import type { FloorFormat, FloorRequest } from './floor-format.js';
import { jsonFormat } from './floor-json.js';
import { protobufFormat } from './floor-protobuf.js';
import { FloorSocket, listen } from './floor-socket.js';
import { serveNest } from './nest-server.js';

/**
 * A floor that hands each request to the handler that Nest has for it: what no transport of Nest with these bytes can go
 * below. It knows the two patterns, gives handlers no context, and takes it that they do not fail.
 */
class FloorStrategy extends Server implements CustomTransportStrategy {
  constructor(
    private readonly port: number,
    private readonly format: FloorFormat,
  ) {
    super();
  }

  listen(callback: () => void): void {
    void listen(this.port, (socket) => {
      const server = new FloorSocket(socket, (bytes, start, end) => {
        void this.answer(server, this.format.readRequest(bytes, start, end));
      });
    }).then(callback);
  }

  close(): void {
    // It lives as long as its process.
  }

  on(): void {
    // It has no events.
  }

  unwrap<T>(): T {
    return undefined as T;
  }

  private answer(socket: FloorSocket, { echo, id, items }: FloorRequest): void {
    const write = (item: Echo | undefined, more: boolean): void => {
      this.format.writeReply({ id, item, more }, socket.out);
      socket.written();
    };
    if (echo) {
      void this.handle<Echo>('echo', echo).then((item) => write(item, false));
      return;
    }
    void this.handle<Observable<Echo>>('items', items).then((replies) => {
      replies.subscribe({ next: (item) => write(item, true), complete: () => write(undefined, false) });
    });
  }

  /** Nest answers with a Promise of what the handler returned. */
  private handle<Reply>(pattern: string, data: unknown): Promise<Reply> {
    return this.messageHandlers.get(pattern)!(data) as Promise<unknown> as Promise<Reply>;
  }
}

function serveBehindNest(port: number, format: FloorFormat): Promise<void> {
  return serveNest(StringPatterns, { strategy: new FloorStrategy(port, format) });
}

export const json = floor(jsonFormat, serveBehindNest);
export const protobuf = floor(protobufFormat, serveBehindNest);
