import {
  InvalidContractError,
  NotSerializableError,
  ProtocolViolationError,
  ProtosocketError,
  type Status,
  UnreadablePayloadError,
} from '../../errors/index.js';
import { ControlCode, controlCodeOf, type FrameSink, type MessageId } from '../../wire/index.js';
import type { Calls, Codec } from '../codec.js';
import type { Contract } from '../contract.js';
import type { Message } from '../message.js';
import { tryErrorArm } from './error-arm-trial.js';
import { encodedForms, type ErrorArm, errorArmOf, formsOf, statusOfPayload } from './failures.js';
import { fieldIn, type Fields } from './message-format.js';
import { reasonOf } from './reason-of.js';
import { type ReplyRule, replyRules, type ReplyRulesOptions } from './reply-rules.js';
import { WholeResponse } from './routes.js';
import type { Side } from './side.js';

export interface EnvelopeOptions extends ReplyRulesOptions {
  /** A server need not have a handler for every route. */
  readonly partial?: boolean | undefined;
}

/**
 * A contract whose messages are objects with an id, a control code and a payload in one of several arms, as upstream's
 * peers have them. What they look like as bytes is up to their {@link MessageFormat}s.
 *
 * @throws InvalidContractError
 */
export function envelopeContract(options: EnvelopeOptions): Contract {
  const rules = replyRules(options);
  const { error, partial, requests } = options;
  const replies = new Replies(options.replies, rules, errorArmOf(error));
  return {
    requests: new Requests(requests),
    replies,
    maxId: Math.min(requests.maxId ?? Number.MAX_SAFE_INTEGER, options.replies.maxId ?? Number.MAX_SAFE_INTEGER),
    isUnary: (route) => rules.get(route)?.isStream !== true,
    checkRoutes(routes) {
      for (const route of routes) {
        if (!rules.has(route)) {
          throw new InvalidContractError(
            `No request${requests.whereIs?.(route) ?? ''} is routed to ${JSON.stringify(route)}: there is ${listed(rules)}`,
          );
        }
      }
      replies.tryErrorArms();
      if (partial) return;
      for (const route of rules.keys()) {
        if (routes.includes(route) || route === requests.arms.unspecified) continue;
        throw new InvalidContractError(`Nothing handles ${JSON.stringify(route)}${requests.whereIs?.(route) ?? ''}`);
      }
    },
  };
}

const listed = (rules: ReadonlyMap<string, unknown>): string => [...rules.keys()].join(', ') || 'none';

/** What both directions do alike. */
abstract class SideCodec {
  /** What makes the messages of each arm. */
  protected readonly makers = new Map(
    this.side.arms.names.map((name) => [name, this.side.arms.makerOf(name, this.side.messages)]),
  );

  constructor(protected readonly side: Side) {}

  measure(bytes: Buffer, start: number, end: number): number {
    return this.side.format.measure(bytes, start, end);
  }

  protected read(bytes: Buffer, start: number, end: number): Fields {
    try {
      return this.side.format.read(bytes, start, end);
    } catch (error) {
      if (error instanceof ProtosocketError) throw error;
      throw new ProtocolViolationError(
        `The peer sent a frame that is no message of the contract: ${reasonOf(error)}`,
        error,
      );
    }
  }

  protected idOf(fields: Fields): MessageId {
    try {
      return canonical(fieldIn(fields, this.side.messages.id));
    } catch (error) {
      throw new ProtocolViolationError(`The peer sent a message whose ${this.side.messages.id} is no id`, error);
    }
  }

  /** As upstream, whose codes are bytes. */
  protected codeOf(fields: Fields): ControlCode {
    const value = fieldIn(fields, this.side.messages.code) ?? 0;
    const code = this.side.codes?.get(value) ?? Number(value);
    if (Number.isInteger(code)) return controlCodeOf(code & 0xff);
    throw new ProtocolViolationError(`The peer sent a message whose ${this.side.messages.code} is no control code`);
  }

  /** @param fields of this message alone: what belongs to the call is added to them. */
  protected write(id: MessageId, code: ControlCode, fields: Fields, out: FrameSink): void {
    this.side.format.write(this.side.messages.of(id, code, fields), out);
  }

  /** A message with nothing else, such as a Cancel. */
  protected writeBare(id: MessageId, code: ControlCode, out: FrameSink): void {
    this.side.format.write(this.side.messages.bare(id, code), out);
  }

  /** A message with a payload in the arm `name`, which is one of the side's. */
  protected writeArm(name: string, id: MessageId, body: unknown, out: FrameSink): void {
    this.side.format.write(this.makers.get(name)!(id, ControlCode.Normal, body), out);
  }

  /** A message that is its own payload, without what belongs to the call. */
  protected withoutCall(body: unknown, fields: Fields): unknown {
    if (body !== fields) return body;
    const { [this.side.messages.id]: _id, [this.side.messages.code]: _code, ...rest } = fields;
    return rest;
  }
}

class Requests extends SideCodec implements Codec {
  decode(bytes: Buffer, start: number, end: number): Message {
    const fields = this.read(bytes, start, end);
    const id = this.idOf(fields);
    const code = this.codeOf(fields);
    const arm = code === ControlCode.Normal ? this.side.arms.take(fields) : undefined;
    return { id, code, route: arm?.name, body: arm && this.withoutCall(arm.body, fields) };
  }

  encode({ body, code, id, more, route }: Message, out: FrameSink): void {
    const { arms } = this.side;
    if (more) throw new NotSerializableError('The contract has no request streams');
    if (code !== ControlCode.Normal) {
      this.writeBare(id, code, out);
      return;
    }
    const make = route === undefined ? undefined : this.makers.get(route);
    if (!make) {
      throw new NotSerializableError(
        `The request has no arm ${JSON.stringify(route)}: it has ${arms.names.join(', ')}`,
      );
    }
    const fields = make(id, code, body);
    // Without a payload there may be nothing left that says which request it is.
    if ((body === undefined || body === null) && arms.take(fields)?.name !== route) {
      throw new NotSerializableError(`The request ${route} has a payload, if only an empty one`);
    }
    this.side.format.write(fields, out);
  }
}

class Replies extends SideCodec implements Codec {
  private readonly fields = new Set(this.side.fields);

  constructor(
    side: Side,
    private readonly rules: ReadonlyMap<string, ReplyRule>,
    /** That of calls whose route the contract has not. */
    private readonly otherError: ErrorArm | undefined,
  ) {
    super(side);
  }

  decode(bytes: Buffer, start: number, end: number, calls: Calls): Message {
    const fields = this.read(bytes, start, end);
    const id = this.idOf(fields);
    const code = this.codeOf(fields);
    const rule = this.ruleOf(calls.routeOf(id));
    // Comes late, for a call that is over.
    if (!rule) return { id, code };
    if (code === ControlCode.Normal) return this.contentOf(id, fields, rule);
    // An End without a reply: as upstream, the call was cancelled.
    return { id, code: rule.isStream ? code : ControlCode.Cancel };
  }

  encode(message: Message, out: FrameSink): void {
    const { body, code, id, more, status } = message;
    const rule = this.ruleOf(message.route);
    const isStream = rule?.isStream === true;
    const error = rule ? rule.error : this.otherError;
    if (code === ControlCode.Cancel || (status && !error)) {
      this.writeBare(id, ControlCode.Cancel, out);
    } else if (status) {
      const misfit = this.writeFailure(id, formsOf(error!, status), error!, out);
      if (misfit !== undefined) this.writeBare(id, ControlCode.Cancel, out);
      else if (isStream) this.writeBare(id, ControlCode.End, out);
    } else {
      // An item is one even if it is `undefined`; a last message without a body is just the end.
      if (!isStream || more || body !== undefined) this.writeReply(id, body, rule, out);
      if (isStream && !more) this.writeBare(id, ControlCode.End, out);
    }
  }

  /** Of a server, which fills them: a client just reads what is there. @throws InvalidContractError */
  tryErrorArms(): void {
    const all = new Set([this.otherError, ...[...this.rules.values()].map(({ error }) => error)]);
    for (const error of all) {
      if (!error) continue;
      const forms = error.encode ? encodedForms : formsOf;
      tryErrorArm(error, this.side, (failure, out) => this.writeFailure(1, forms(error, failure), error, out));
    }
  }

  private ruleOf(route: string | undefined): ReplyRule | undefined {
    return route === undefined ? undefined : this.rules.get(route);
  }

  private contentOf(id: MessageId, fields: Fields, { arm, error, isStream }: ReplyRule): Message {
    let body: unknown;
    let status: Status | undefined;
    let unreadable: ProtosocketError | undefined;
    const taken = error || arm !== undefined ? this.side.arms.take(fields) : undefined;
    if (error && taken?.name === error.arm) {
      ({ status, unreadable } = failureOf(error, this.withoutCall(taken.body, fields)));
    } else if (arm === undefined) {
      body = this.withoutCall(fields, fields);
    } else if (taken?.name === arm) {
      body = this.withoutCall(taken.body, fields);
    } else if (taken) {
      unreadable = new UnreadablePayloadError(`The reply has the arm ${taken.name} in place of ${arm}`);
    }
    return { id, code: ControlCode.Normal, more: isStream, body, status, unreadable };
  }

  private writeReply(id: MessageId, body: unknown, rule: ReplyRule | undefined, out: FrameSink): void {
    const arm = rule?.arm;
    if (body === undefined || body === null) {
      const nothing = arm === undefined ? undefined : this.side.arms.putNothing?.(arm);
      if (nothing) this.write(id, ControlCode.Normal, nothing, out);
      else this.writeBare(id, ControlCode.Normal, out);
    } else if (arm === undefined || body instanceof WholeResponse) {
      this.write(id, ControlCode.Normal, this.wholeResponse(body instanceof WholeResponse ? body.fields : body), out);
    } else {
      this.writeArm(arm, id, body, out);
    }
  }

  /** Refuses what has nothing of a response: what was meant as the payload of an arm would be an empty one. */
  private wholeResponse(body: object): Fields {
    if (typeof body !== 'object' || Array.isArray(body) || ArrayBuffer.isView(body)) {
      throw new NotSerializableError('The reply has to be a whole response, an object with its fields');
    }
    const fields: Fields = { ...body };
    const names = Object.keys(fields).filter((name) => fields[name] !== undefined && fields[name] !== null);
    if (names.length === 0 || names.some((name) => this.fields.has(name))) return fields;
    throw new NotSerializableError(
      `The reply is a whole response, which has no field ${JSON.stringify(names[0])}: it has ${this.side.fields.join(', ')}`,
    );
  }

  /** Answers what kept the failure out of its arm, if none of its forms fits. */
  private writeFailure(id: MessageId, forms: readonly (() => unknown)[], { arm }: ErrorArm, out: FrameSink): unknown {
    let misfit: unknown;
    for (const form of forms) {
      try {
        this.writeArm(arm, id, form(), out);
        return undefined;
      } catch (reason) {
        misfit ??= reason;
      }
    }
    return misfit;
  }
}

function failureOf(error: ErrorArm, payload: unknown): Pick<Message, 'status' | 'unreadable'> {
  try {
    return { status: error.decode?.(payload) ?? statusOfPayload(payload) };
  } catch (cause) {
    return { unreadable: new UnreadablePayloadError('The failure in the reply could not be read', cause) };
  }
}

/** A number where that is exact, and else a bigint, whatever the format makes of 64 bits. */
function canonical(value: unknown): MessageId {
  if (typeof value === 'number') return value;
  if (value === undefined || value === null) return 0;
  const id = BigInt(value as bigint | string);
  const number = Number(id);
  return Number.isSafeInteger(number) ? number : id;
}
