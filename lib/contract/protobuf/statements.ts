import protobuf from 'protobufjs';

/** A statement of a .proto without its options, up to what ends it: one with a `{` goes on with those within. */
export interface Statement {
  /** Texts are in double quotes, whichever they had. */
  readonly tokens: readonly string[];
  readonly line: number;
  readonly end: ';' | '{' | '}';
}

/** The statements of what protobufjs can read. */
export function* statementsOf(source: string): Iterable<Statement> {
  const handle = protobuf.tokenize(source, false);
  const next = (): string | null => {
    const token = handle.next();
    if (token !== '"' && token !== "'") return token;
    const text = `"${handle.next()}"`;
    handle.next();
    return text;
  };
  const skipTo = (end: string): void => {
    for (let token = next(); token !== null && token !== end; token = next()) {
      if (token === '[') skipTo(']');
      else if (token === '{') skipTo('}');
    }
  };
  let tokens: string[] = [];
  let line = 0;
  for (let token = next(); token !== null; token = next()) {
    if (tokens.length === 0) line = handle.line;
    if (token === '[') {
      skipTo(']');
    } else if (token === '{' && tokens[0] === 'option') {
      // Its value, which is not a scope.
      skipTo('}');
      yield { tokens, line, end: ';' };
      tokens = [];
    } else if (token === ';' || token === '{' || token === '}') {
      yield { tokens, line, end: token };
      tokens = [];
    } else {
      tokens.push(token);
    }
  }
}
