/** The text of what was thrown, which may be anything: some of it cannot become a text, and throws when it is asked to. */
export function textOf(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return 'something that has no text';
  }
}
