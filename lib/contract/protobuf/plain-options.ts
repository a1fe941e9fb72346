/** What 64 bits become: `number` is one where it is exact, and a `bigint` above 2^53-1. */
export type Int64Form = 'number' | 'bigint' | 'string';

/** What the values of a message become in a plain object. */
export interface PlainOptions {
  readonly int64: Int64Form;
  readonly enums: 'number' | 'name';
  readonly defaults: boolean;
}
