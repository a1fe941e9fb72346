import type { Contract } from '../contract/index.js';
import { InvalidOptionError } from '../errors/index.js';
import type { KeyedOrder, ReplyOrder } from '../rpc/index.js';
import { type Address, canReusePort } from '../session/index.js';
import type { FirstMessageOptions, FirstMessageSender } from './first-message.js';
import { nameOf } from './name-of.js';

/** More would be a mistake, and each is a socket. */
const MAX_CONNECTIONS = 1024;

/** What is set. `null` and `false` are not, as in Nest's TCP transport: configuration says `useTls && { ... }`. */
export function given<T>(value: T | undefined): T | undefined {
  return value === null || value === false ? undefined : value;
}

/** What `options` say of the limits that `defaults` has. @throws InvalidOptionError */
export function limitsOf<Limits extends object>(defaults: Limits, options: Partial<Limits>): Limits {
  const names = Object.keys(defaults) as (keyof Limits & string)[];
  return Object.fromEntries(names.map((name) => [name, atLeast(0, name, options[name] ?? defaults[name])])) as Limits;
}

/** No text: `'false'` would be taken for true. @throws InvalidOptionError */
export function checkFlag(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new InvalidOptionError(`${name} must be a boolean, and is ${nameOf(value)}`);
}

/** A timeout in milliseconds, if there is one. @throws InvalidOptionError */
export function checkTimeout(value: unknown): number | undefined {
  return value === undefined ? undefined : atLeast(0, 'timeout', value);
}

/** @throws InvalidOptionError */
export function checkReplyOrder(value: unknown): ReplyOrder {
  if (value === 'concurrent' || value === 'ordered' || value === 'serial' || isKeyed(value)) return value;
  const said = nameOf(value);
  throw new InvalidOptionError(
    `replyOrder must be 'concurrent', 'ordered', 'serial' or { key, each: 'ordered' | 'serial' }, and is ${said}`,
  );
}

function isKeyed(value: unknown): value is KeyedOrder {
  if (typeof value !== 'object' || value === null) return false;
  const { each = 'ordered', key } = value as { each?: unknown; key?: unknown };
  return typeof key === 'function' && (each === 'ordered' || each === 'serial');
}

/** What the handler of `route` says of itself. @throws InvalidOptionError */
export function checkIdempotent(route: string, value: unknown, isEventHandler: boolean): void {
  if (value === undefined || value === false) return;
  const pattern = JSON.stringify(route);
  if (value !== true) {
    throw new InvalidOptionError(`idempotent of the handler of ${pattern} must be a boolean, and is ${nameOf(value)}`);
  }
  // An event may have several handlers, of which one cannot speak for the others.
  if (!isEventHandler) return;
  throw new InvalidOptionError(
    `The handler of the event ${pattern} cannot be marked idempotent: an event is, by setIdempotent() of its record`,
  );
}

/** @throws InvalidOptionError */
export function checkContract(value: unknown): Contract {
  if (typeof value === 'object' && value !== null && 'requests' in value && 'replies' in value)
    return value as Contract;
  throw new InvalidOptionError(`contract must be an object with requests and replies, and is ${nameOf(value)}`);
}

/** What a server asks for. @throws InvalidOptionError */
export function checkFirstMessage(value: unknown): FirstMessageOptions {
  const options = value as Partial<FirstMessageOptions> | null;
  const { accept, pattern } = options ?? {};
  if (pattern !== undefined && pattern !== null && typeof accept === 'function') return options as FirstMessageOptions;
  throw new InvalidOptionError(`firstMessage must be { pattern, accept }, and is ${nameOf(value)}`);
}

/** What a client says. @throws InvalidOptionError */
export function checkFirstMessageSender(value: unknown): FirstMessageSender {
  if (typeof value === 'function') return value as FirstMessageSender;
  throw new InvalidOptionError(`firstMessage must be a function, and is ${nameOf(value)}`);
}

/** @throws InvalidOptionError */
export function checkReusePort(value: unknown, address: Address): boolean {
  const reusePort = checkFlag('reusePort', value);
  if (reusePort && 'path' in address) throw new InvalidOptionError('reusePort is for a port, and path is none');
  // An older Node would take no notice, and the second process find the port in use.
  if (reusePort && !canReusePort()) {
    throw new InvalidOptionError(`reusePort needs Node 22.12, 23.1 or later, and this is ${process.versions.node}`);
  }
  return reusePort;
}

/** @throws InvalidOptionError */
export function checkConnections(value: unknown): number {
  const number = atLeast(1, 'connections', value);
  if (Number.isInteger(number) && number <= MAX_CONNECTIONS) return number;
  throw new InvalidOptionError(`connections must be an integer from 1 to ${MAX_CONNECTIONS}, and is ${nameOf(value)}`);
}

/** A number from `minimum` up. @throws InvalidOptionError */
export function atLeast(minimum: number, name: string, value: unknown): number {
  // Configuration often comes as text, and Node's own options for ports take it.
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && number >= minimum) return number;
  throw new InvalidOptionError(`${name} must be a number from ${minimum} up, and is ${nameOf(value)}`);
}

/**
 * The numbers of an option that has several, each from `minimum` up; those that are not set have their defaults.
 *
 * @throws InvalidOptionError
 */
export function numbersOf<T extends object>(minimum: number, name: string, value: Partial<T> = {}, defaults: T): T {
  if (typeof value !== 'object' || value === null) {
    throw new InvalidOptionError(`${name} must be an object, and is ${nameOf(value)}`);
  }
  const numbers = Object.entries<number>(defaults as Record<string, number>).map(([key, byDefault]) => {
    return [key, atLeast(minimum, `${name}.${key}`, value[key as keyof T] ?? byDefault)];
  });
  return Object.fromEntries(numbers) as T;
}
