import { itemOf } from '../workload/echo.js';
import type { ReplyObserver } from '../workload/caller.js';
import type { Contender } from './contender.js';
import type { FloorFormat, FloorRequest } from './floor-format.js';
import { jsonFormat } from './floor-json.js';
import { protobufFormat } from './floor-protobuf.js';
import { connect, FloorSocket, listen } from './floor-socket.js';

/**
 * A client that is a bare socket, the encoding, and a table of calls, and a server of the same kind. No RxJS, no limits,
 * deadlines, cancels or backpressure.
 */
export function floor(format: FloorFormat, serve: (port: number, format: FloorFormat) => Promise<void>): Contender {
  return {
    serve: (port) => serve(port, format),

    async connect(port) {
      const calls = new Map<number, ReplyObserver>();
      const receive = (bytes: Buffer, start: number, end: number): void => {
        const { id, item, more } = format.readReply(bytes, start, end);
        const observer = calls.get(id)!;
        if (!more) calls.delete(id);
        if (item) observer.next(item);
        if (!more) observer.complete();
      };
      const client = new FloorSocket(await connect(port), receive, () => calls.size);
      let lastId = 0;
      const send = (request: FloorRequest, observer: ReplyObserver): void => {
        calls.set(request.id, observer);
        format.writeRequest(request, client.out);
        client.written();
      };
      return {
        echo: (echo, observer) => send({ id: ++lastId, echo }, observer),
        items: (items, observer) => send({ id: ++lastId, items }, observer),
        close: () => client.close(),
      };
    },
  };
}

/** Answers at once, without Nest: what no transport with these bytes can go below. */
function serveBare(port: number, format: FloorFormat): Promise<void> {
  return listen(port, (socket) => {
    const server = new FloorSocket(socket, (bytes, start, end) => {
      answer(format, server, format.readRequest(bytes, start, end));
    });
  });
}

function answer(format: FloorFormat, socket: FloorSocket, { echo, id, items }: FloorRequest): void {
  if (echo) {
    format.writeReply({ id, item: echo, more: false }, socket.out);
    socket.written();
    return;
  }
  for (let index = 0; index < items.count; index++) {
    format.writeReply({ id, item: itemOf(items.item, index), more: true }, socket.out);
    socket.written();
  }
  format.writeReply({ id, item: undefined, more: false }, socket.out);
  socket.written();
}

export const json = floor(jsonFormat, serveBare);
export const protobuf = floor(protobufFormat, serveBare);
