import { InvalidContractError } from '../../errors/index.js';
import type { Reader } from './reader.js';
import type { Writer } from './writer.js';

/** What a value of a message may be, and how it looks as MessagePack: `u64`, `struct({ ... })`, ... */
export interface Kind<Value = unknown> {
  /** @throws ProtocolViolationError when what comes next is of another kind. */
  read(from: Reader): Value;

  /** @throws NotSerializableError when `value` is of another kind. */
  write(value: unknown, to: Writer): void;

  /** What stands in a message that is about its call and nothing else, as Rust's `Default` has it. */
  blank(): Value;

  /** A map that stands for a struct need not have it. */
  readonly isOptional?: true;
}

/** The type of the values of a kind: `type Put = ValueOf<typeof put>`. */
export type ValueOf<AKind> = AKind extends Kind<infer Value> ? Value : never;

/** For what is written in JavaScript. @throws InvalidContractError */
export function assertKind(kind: unknown, where: string): void {
  const { read, write } = Object(kind) as Partial<Kind>;
  if (typeof read === 'function' && typeof write === 'function') return;
  throw new InvalidContractError(`${where} has to be a kind of value, such as \`u64\` or \`struct({ ... })\``);
}

/** Like `object[key] = value`, for keys of a peer: `__proto__` is a key like any other. */
export function setEntry(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    object[key] = value;
  }
}
