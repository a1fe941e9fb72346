import protobuf from 'protobufjs';

import { FieldNumbers } from './field-numbers.js';
import { type Statement, statementsOf } from './statements.js';

/** Where what is in .proto files is declared: protobufjs forgets it, and errors should name it. */
export class SourceLines {
  private readonly lines = new Map<string, string>();
  /** Those of messages, by their full names. */
  private readonly numbers = new Map<string, FieldNumbers>();

  /** @param keepCase Whether fields keep their names; else they are in camel case, as protobufjs has them then. */
  constructor(private readonly keepCase = false) {}

  /**
   * Answers what is wrong with a file that protobufjs refuses though it could read it: what has the name or the number of
   * something else, or one that is reserved.
   */
  addFile(filename: string, source: string): string | undefined {
    const scanner = new Scanner(filename, this.keepCase, this.lines, this.numbers);
    for (const statement of statementsOf(source)) scanner.take(statement);
    return scanner.mistake;
  }

  /** ` (file.proto:12)`, or nothing where it is not known. @param name in full, such as `.package.Message.field`. */
  of(name: string): string {
    const line = this.lines.get(name.replace(/^\./, ''));
    return line === undefined ? '' : ` (${line})`;
  }
}

interface Scope {
  readonly name: string;
  /** Those of a message. The fields of a oneof are in the scope of its message. */
  readonly numbers?: FieldNumbers;
  readonly isExtension?: boolean;
}

/** Understands just enough of a .proto to know what is declared where. */
class Scanner {
  /** The first. */
  private ownMistake: string | undefined;
  /** For what it extends is known by name alone, which may be that of another message. */
  private mistakeOfExtension: string | undefined;
  /** That of the file, which is its package, and those within it. */
  private readonly scopes: Scope[] = [{ name: '' }];

  constructor(
    private readonly filename: string,
    private readonly keepCase: boolean,
    private readonly lines: Map<string, string>,
    private readonly numbers: Map<string, FieldNumbers>,
  ) {}

  get mistake(): string | undefined {
    return this.ownMistake ?? this.mistakeOfExtension;
  }

  take({ end, line, tokens }: Statement): void {
    if (end === '}') {
      this.scopes.pop();
      return;
    }
    const place = `${this.filename}:${line}`;
    if (end === '{') this.scopes.push(this.opened(tokens, place));
    else this.declare(tokens, place);
  }

  private get scope(): Scope {
    return this.scopes.at(-1)!;
  }

  private opened(tokens: readonly string[], place: string): Scope {
    const [keyword, name = ''] = tokens[0] === 'export' || tokens[0] === 'local' ? tokens.slice(1) : tokens;
    const assignment = tokens.indexOf('=');
    switch (keyword) {
      case 'message':
        return this.message(name, place);
      case 'oneof':
        this.note(this.cased(name), place);
        return this.scope;
      case 'extend':
        // Its fields have the names of where it stands, and the numbers of another message.
        return { name: this.scope.name, numbers: this.numbersOf(this.extended(name)), isExtension: true };
      case 'enum':
      case 'service':
      case 'rpc':
        return { name: this.note(name, place) };
    }
    if (!this.scope.numbers) return { name: '' };
    // A group, which is a field as well as the message that it has.
    const [group = '', number = ''] = [tokens[assignment - 1], tokens[assignment + 1]];
    this.field(protobuf.util.lcFirst(group), number, place);
    return this.message(protobuf.util.ucFirst(group), place);
  }

  private message(name: string, place: string): Scope {
    const full = this.note(name, place);
    return { name: full, numbers: this.numbersOf(full) };
  }

  private numbersOf(message: string): FieldNumbers {
    const numbers = this.numbers.get(message) ?? new FieldNumbers();
    this.numbers.set(message, numbers);
    return numbers;
  }

  /** The full name of the message that `name` is here. One that is not known is declared further down. */
  private extended(name: string): string {
    if (name.startsWith('.')) return name.slice(1);
    const steps = this.scope.name.split('.').filter(Boolean);
    const candidates = steps.map((_, index) => [...steps.slice(0, steps.length - index), name].join('.'));
    return [...candidates, name].find((full) => this.numbers.has(full)) ?? candidates[0] ?? name;
  }

  private declare(tokens: readonly string[], place: string): void {
    const [keyword, name = ''] = tokens;
    const { numbers } = this.scope;
    const assignment = tokens.indexOf('=');
    if (keyword === 'package') this.scopes[0] = { name };
    else if (keyword === 'rpc') this.note(name, place);
    else if (keyword === 'reserved') numbers?.reserve(tokens.slice(1));
    // `type name = number`, where an option has a keyword of its own, and a member of an enum is in no message.
    else if (numbers && keyword !== 'option' && assignment > 1) {
      this.field(this.cased(tokens[assignment - 1]!), tokens[assignment + 1]!, place);
    }
  }

  private field(name: string, number: string, place: string): void {
    const full = this.note(name, place);
    const { isExtension, numbers } = this.scope;
    const wrong = numbers?.add(name, number, place, isExtension);
    if (wrong === undefined) return;
    const mistake = `${full} (${place}) ${wrong}`;
    if (isExtension) this.mistakeOfExtension ??= mistake;
    else this.ownMistake ??= mistake;
  }

  /** Answers the full name. */
  private note(name: string, place: string): string {
    const full = this.scope.name ? `${this.scope.name}.${name}` : name;
    const other = this.lines.get(full);
    if (other === undefined) this.lines.set(full, place);
    else this.ownMistake ??= `${full} (${place}) is declared already (${other})`;
    return full;
  }

  private cased(name: string): string {
    return this.keepCase ? name : protobuf.util.camelCase(name);
  }
}
