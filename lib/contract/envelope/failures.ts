import { ErrorCode, HANDLER_FAILED, type Status } from '../../errors/index.js';

/** How failures look in a contract that has an arm for them. */
export interface ErrorArm {
  /** The arm of the response. */
  readonly arm: string;

  /**
   * The payload of that arm for a failure. Default: what the handler threw, or `{ code, message }`; in an arm that is a text,
   * the message. Needed where `code` is no text.
   */
  encode?(status: Status): unknown;

  /** The failure that such a payload stands for. Default: the caller gets the payload as it is. */
  decode?(payload: unknown): Status;
}

/** What an option says of failures: an arm by its name alone; nothing, where they are a Cancel. */
export function errorArmOf(option: string | ErrorArm | false | undefined): ErrorArm | undefined {
  return typeof option === 'string' ? { arm: option } : option || undefined;
}

/** What a failure may be in its arm, from what tells most: a handler may have thrown anything, which need not fit. */
export function formsOf(error: ErrorArm, status: Status): readonly Form[] {
  const { code, message } = status;
  const bare = { code, message };
  const plain = [() => payloadOf(status), () => bare, () => message];
  return error.encode ? [...encodedForms(error, status), ...plain.slice(1)] : plain;
}

/** Those that the arm's own `encode` gives it. */
export function encodedForms(error: ErrorArm, status: Status): readonly Form[] {
  const { code, message } = status;
  const bare = { code, message };
  return [() => error.encode?.(status) ?? payloadOf(status), () => error.encode?.(bare) ?? bare];
}

type Form = () => unknown;

/** What the handler threw, if that may be such a payload; or what is known of the failure. */
function payloadOf(status: Status): unknown {
  const { code, details, message } = status;
  const hasFields = typeof details === 'object' && details !== null && !Array.isArray(details);
  return hasFields ? { message, ...details } : { code, message };
}

/** A payload with one of this transport's codes is an error of this transport; any other is what the handler threw. */
export function statusOfPayload(payload: unknown): Status {
  if (typeof payload === 'string') return { code: HANDLER_FAILED, message: payload };
  const { code, message } = Object(payload) as { code?: unknown; message?: unknown };
  const text = typeof message === 'string' ? message : '';
  if (typeof code === 'string' && Object.hasOwn(ErrorCode, code)) return { code, message: text };
  return { code: HANDLER_FAILED, message: text, details: payload };
}
