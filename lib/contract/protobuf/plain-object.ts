import { types } from 'node:util';

/** Whether it has nothing but what was put into it. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * Whether what a value is lies in its fields, as a message or the entries of a map need it: in those that are its own, or that
 * its class has getters for. Of all others none would be found.
 */
export function hasFields(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  return isPlain(value) || !isOfAnotherKind(value);
}

function isOfAnotherKind(value: object): boolean {
  // At once for the instances of most classes.
  if (Object.prototype.toString.call(value) === '[object Object]') return false;
  return (
    Array.isArray(value) ||
    ArrayBuffer.isView(value) ||
    types.isAnyArrayBuffer(value) ||
    types.isBoxedPrimitive(value) ||
    types.isDate(value) ||
    types.isMap(value) ||
    types.isPromise(value) ||
    types.isRegExp(value) ||
    types.isSet(value)
  );
}
