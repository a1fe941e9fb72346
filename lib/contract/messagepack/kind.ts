import { InvalidContractError } from '../../errors/index.js';
import type { ReadPlace, WritePlace } from './place.js';

/**
 * What a value of a message may be, and how it looks as MessagePack: `u64`, `struct({ ... })`, ...
 *
 * It stands between a value of the application and a plain one, which is what there is in MessagePack: `null`, a boolean,
 * a number, a bigint, a string, a Buffer, an array, or a map: an object where it was read, a `Map` where it is written.
 */
export interface Kind<Value = unknown> {
  /**
   * The value for a plain one, which may be used up for it.
   *
   * @throws ProtocolViolationError when `plain` is of another kind.
   */
  read(plain: unknown, at: ReadPlace): Value;

  /**
   * The plain value for one of the application.
   *
   * @throws NotSerializableError when `value` is of another kind.
   */
  write(value: unknown, at: WritePlace): unknown;

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

/** Whether a value has properties and nothing else: a Map, a Promise or an ArrayBuffer would lose what is in it. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return Object.prototype.toString.call(value) === '[object Object]';
}

/** Whether a plain value is a map that was read. */
export function isMap(plain: unknown): plain is Record<string, unknown> {
  return typeof plain === 'object' && plain !== null && !Array.isArray(plain) && !(plain instanceof Uint8Array);
}
