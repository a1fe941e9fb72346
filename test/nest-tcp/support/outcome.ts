import { lastValueFrom, type Observable, toArray } from 'rxjs';

/** Everything that `source` emits until it completes. */
export function all<T>(source: Observable<T>): Promise<T[]> {
  return lastValueFrom(source.pipe(toArray()));
}

/** What `source` fails with; throws if it does not fail. */
export async function failureOf(source: Observable<unknown> | Promise<unknown>): Promise<unknown> {
  let values: unknown;
  try {
    values = await (source instanceof Promise ? source : all(source));
  } catch (error) {
    return error;
  }
  throw new Error(`It did not fail, and came to ${JSON.stringify(values)}`);
}
