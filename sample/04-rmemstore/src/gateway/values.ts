import type { Value } from '../rmemstore.js';

export type Json = string | { readonly [key: string]: Json };

/** JSON as rmemstore has it: texts, and maps of whatever depth. */
export function valueOf(json: Json): Value {
  if (typeof json === 'string') return { string: json };
  const entries = Object.entries(json).map(([key, item]) => [key, valueOf(item)] as const);
  return { map: { map: Object.fromEntries(entries) } };
}

/** What other clients have stored may be bytes: they are shown in base64. */
export function jsonOf({ blob, map, string }: Value): Json {
  if (map) return Object.fromEntries(Object.entries(map.map).map(([key, item]) => [key, jsonOf(item)]));
  return string ?? Buffer.from(blob ?? []).toString('base64');
}

export function isJson(value: unknown): value is Json {
  if (typeof value === 'string') return true;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every(isJson);
}
