/** The highest id that a field of `type` holds, where that is below 2^53. */
export function highestId(type: string): number | undefined {
  if (type.endsWith('64')) return undefined;
  return type === 'uint32' || type === 'fixed32' ? 2 ** 32 - 1 : 2 ** 31 - 1;
}
