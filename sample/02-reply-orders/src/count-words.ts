/** How many words `text` has, if it does not end within one. */
export function countWords(text: string): number {
  return text.match(/\S+/g)?.length ?? 0;
}
