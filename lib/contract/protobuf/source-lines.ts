import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';

import { InvalidContractError } from '../../errors/index.js';

/** Where the messages and fields of .proto files are declared: protobufjs forgets it, and errors should name it. */
export class SourceLines {
  private readonly lines = new Map<string, string>();

  /** @throws InvalidContractError for two fields of a message with the same number, which it names with their lines. */
  addFile(filename: string): void {
    new Scanner(readFileSync(filename, 'utf8'), filename, this.lines).scan();
  }

  /** ` (file.proto:12)`, or nothing where it is not known. @param name in full, such as `.package.Message.field`. */
  of(name: string): string {
    const line = this.lines.get(normal(name));
    return line === undefined ? '' : ` (${line})`;
  }
}

/** Fields may have been renamed from `snake_case` to `camelCase`. */
const normal = (name: string): string => name.replace(/^\./, '').replaceAll('_', '').toLowerCase();

interface Scope {
  readonly name: string;
  /** The names of a oneof's fields are those of its message, and so are their numbers. */
  readonly numbers: Map<string, { field: string; line: number }>;
}

/** Reads just enough of a .proto to know what is declared where. What is no .proto at all is left to the parser. */
class Scanner {
  private readonly tokens: protobuf.ITokenizerHandle;
  private readonly scopes: Scope[] = [];
  private packageName = '';

  constructor(
    source: string,
    private readonly filename: string,
    private readonly lines: Map<string, string>,
  ) {
    this.tokens = protobuf.tokenize(source, false);
  }

  scan(): void {
    let statement: string[] = [];
    let line = 0;
    for (let token = this.tokens.next(); token !== null; token = this.tokens.next()) {
      if (statement.length === 0) line = this.tokens.line;
      if (token === '{') {
        this.open(statement, line);
        statement = [];
      } else if (token === '}') {
        this.scopes.pop();
        statement = [];
      } else if (token === ';') {
        this.declare(statement, line);
        statement = [];
      } else {
        statement.push(token);
      }
    }
  }

  private open([keyword, name]: string[], line: number): void {
    const parent = this.scopes.at(-1);
    if (keyword === 'oneof' && parent) {
      this.note(`${parent.name}.${name}`, line);
      this.scopes.push(parent);
      return;
    }
    const full = [parent?.name ?? this.packageName, name].filter(Boolean).join('.');
    if (keyword === 'message') this.note(full, line);
    this.scopes.push({ name: full, numbers: new Map() });
    // The members of an enum may well share a number.
    if (keyword !== 'message') this.scopes.at(-1)!.numbers.clear();
  }

  private declare(statement: string[], line: number): void {
    if (statement[0] === 'package') this.packageName = statement[1]!;
    const scope = this.scopes.at(-1);
    const assignment = statement.indexOf('=');
    // A field is `type name = number`; an option and a member of an enum have no type.
    if (!scope || assignment < 2 || statement[0] === 'option') return;
    const [field, number] = [statement[assignment - 1]!, statement[assignment + 1]!];
    this.note(`${scope.name}.${field}`, line);
    const other = scope.numbers.get(number);
    if (other) {
      throw new InvalidContractError(
        `${scope.name}.${field} (${this.filename}:${line}) has the number ${number} of ${other.field} ` +
          `(${this.filename}:${other.line})`,
      );
    }
    scope.numbers.set(number, { field, line });
  }

  private note(name: string, line: number): void {
    this.lines.set(normal(name), `${this.filename}:${line}`);
  }
}
