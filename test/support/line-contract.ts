import {
  type Codec,
  type Contract,
  ControlCode,
  HANDLER_FAILED,
  type Message,
  NotSerializableError,
  UNKNOWN_LENGTH,
} from 'nestjs-protosocket';

const LINE_FEED = 0x0a;
/** What every line is: which call it belongs to is told by its place. */
const NORMAL = { id: 0, code: ControlCode.Normal };

/** Lines of text, for a person with telnet: `pattern text` asks, `text` is the reply, `! text` a failure. */
export const lineContract: Contract = {
  withoutIds: true,
  requests: lines(
    (line) => ({ route: line.replace(/ .*/s, ''), body: line.replace(/^[^ ]* ?/, '') }),
    ({ route, body }) => `${checked(route, /\s/)} ${checked(body, /[\r\n]/)}`,
  ),
  replies: lines(
    (line) => (line.startsWith('! ') ? { status: { code: HANDLER_FAILED, message: line.slice(2) } } : { body: line }),
    ({ body, status }) => (status ? `! ${status.message.replace(/[\r\n]+/g, ' ')}` : checked(body ?? '', /^! |[\r\n]/)),
  ),
};

/** `value` as text, in which what would be read as something else must not occur. */
function checked(value: unknown, forbidden: RegExp): string {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text === 'string' && !forbidden.test(text)) return text;
  throw new NotSerializableError(`Not the text of a line: ${JSON.stringify(value)}`);
}

function lines(read: (line: string) => Omit<Message, 'id' | 'code'>, write: (message: Message) => string): Codec {
  return {
    measure: (bytes, start, end) => bytes.subarray(start, end).indexOf(LINE_FEED) + 1 || UNKNOWN_LENGTH,
    decode: (bytes, start, end) => ({ ...NORMAL, ...read(bytes.toString('utf8', start, end - 1).replace(/\r$/, '')) }),
    encode(message, out) {
      const line = `${write(message)}\n`;
      const start = out.reserve(Buffer.byteLength(line));
      out.commit(start + out.bytes.write(line, start));
    },
  };
}
