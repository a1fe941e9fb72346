import protobuf from 'protobufjs';

const root = protobuf.loadSync('test/interop/proto/echo.proto');
const Request = root.lookupType('Request');
const Response = root.lookupType('Response');

export const NORMAL = 0;
export const CANCEL = 1;
export const END = 2;

type Id = number | bigint;

export interface EchoCall {
  readonly id: Id;
  readonly message: string;
  readonly stream?: boolean;
  readonly code?: number;
}

/** A length and a body. */
export function framed(body: Uint8Array): Buffer {
  return Buffer.from(protobuf.Writer.create().bytes(body).finish());
}

/** The request of a unary or a streaming call. */
export function request({ code = NORMAL, id, message, stream = false }: EchoCall): Buffer {
  return frameOf(Request, { requestId: id, code, body: { message }, responseBehavior: stream ? 1 : 0 });
}

export const unary = (id: Id, message: string): Buffer => request({ id, message });
export const stream = (id: Id, message: string): Buffer => request({ id, message, stream: true });

/** A reply with an arm, whatever its code. */
export const echo = (id: Id, message: string, code = NORMAL): Buffer =>
  frameOf(Response, { requestId: id, code, echo: { message } });
export const item = (id: Id, message: string, code = NORMAL): Buffer =>
  frameOf(Response, { requestId: id, code, stream: { message } });

/** No more than an id and a code, which look alike in both directions. */
export const bare = (id: Id, code: number): Buffer => frameOf(Request, { requestId: id, code });
export const cancel = (id: Id): Buffer => bare(id, CANCEL);
export const end = (id: Id): Buffer => bare(id, END);

function frameOf(type: protobuf.Type, fields: Record<string, unknown>): Buffer {
  return framed(type.encode(type.fromObject(fields)).finish());
}

/** The whole frames at the beginning of `bytes`, without their lengths. */
export function bodiesOf(bytes: Buffer): Buffer[] {
  const bodies: Buffer[] = [];
  const reader = protobuf.Reader.create(bytes);
  try {
    while (reader.pos < reader.len) bodies.push(Buffer.from(reader.bytes()));
  } catch {
    // The last one is not whole yet.
  }
  return bodies;
}

/** What a request asks for. */
export function readRequest(body: Buffer): EchoCall & { readonly id: bigint; readonly code: number } {
  const { body: asked, code, requestId, responseBehavior } = plain(Request, body);
  return { id: requestId, code, message: asked?.message ?? '', stream: responseBehavior === 1 };
}

/** A request in words: `Unary 1 hello`, `Stream 1 hello`, `Cancel 1`. */
export function describeRequest(body: Buffer): string {
  const { code, id, message, stream } = readRequest(body);
  return described(code, id, stream ? 'Stream' : 'Unary', message);
}

/** A reply in words: `echo 1 hello`, `item 1 h`, `End 1`. */
export function describeResponse(body: Buffer): string {
  const { code, echo, requestId, stream } = plain(Response, body);
  if (echo) return described(code, requestId, 'echo', echo.message);
  return stream ? described(code, requestId, 'item', stream.message) : described(code, requestId, 'nothing', '');
}

interface Plain {
  readonly requestId: bigint;
  readonly code: number;
  readonly responseBehavior?: number;
  readonly body?: { readonly message: string } | null;
  readonly echo?: { readonly message: string };
  readonly stream?: { readonly message: string };
}

function plain(type: protobuf.Type, body: Buffer): Plain {
  return type.toObject(type.decode(body), { defaults: true, longs: BigInt }) as Plain;
}

const CODES = ['', 'Cancel', 'End'];

function described(code: number, id: bigint, kind: string, text: string): string {
  const shown = text.length > 40 ? `${text.length} characters` : text;
  return `${CODES[code] || kind} ${id} ${shown}`.trimEnd();
}
