import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import protobuf from 'protobufjs';

import { InvalidContractError } from '../../errors/index.js';
import { type BundledFile, bundledFile } from './bundled-files.js';
import { SourceLines } from './source-lines.js';
import { statementsOf } from './statements.js';

export interface ProtoFilesOptions {
  /** Where imports are looked for, beside the folder of the file that has them. */
  readonly includeDirs: readonly string[];
  readonly keepCase: boolean;
}

/** Loads .proto files with what they import. protobufjs does that too, but does not say where what it refuses stands. */
export class ProtoFiles {
  readonly root = new protobuf.Root();
  readonly lines: SourceLines;
  private readonly added = new Set<string>();
  /** What is wrong with a file that was taken: protobufjs sees it when it comes to what the file extends. */
  private pending: string | undefined;

  constructor(private readonly options: ProtoFilesOptions) {
    this.lines = new SourceLines(options.keepCase);
  }

  /** @throws InvalidContractError with file and line. */
  add(path: string): void {
    const bundled = bundledFile(path);
    const file = bundled?.name ?? resolve(path);
    if (this.added.has(file)) return;
    this.added.add(file);
    if (bundled) {
      this.addBundled(bundled);
      return;
    }
    const source = sourceOf(file);
    const { imports, weakImports } = this.parse(file, source);
    for (const target of imports ?? []) {
      if (!this.import(target, file)) throw this.missing(target, file, source);
    }
    // Those that are weak may be missing.
    for (const target of weakImports ?? []) this.import(target, file);
  }

  private addBundled({ definitions, name }: BundledFile): void {
    try {
      this.root.addJSON(definitions);
    } catch (error) {
      const text = this.pending ?? `${(error as Error).message}, which ${name} has too`;
      throw new InvalidContractError(`The .proto cannot be loaded: ${text}`, error);
    }
  }

  /** Answers whether there is such a file. */
  private import(target: string, importer: string): boolean {
    const candidates = this.foldersFor(importer).map((folder) => resolve(folder, target));
    const found = bundledFile(target) ? target : candidates.find(isFile);
    if (found !== undefined) this.add(found);
    return found !== undefined;
  }

  private foldersFor(importer: string): readonly string[] {
    return [dirname(importer), ...this.options.includeDirs];
  }

  private missing(target: string, importer: string, source: string): InvalidContractError {
    const imports = [...statementsOf(source)].filter(({ tokens }) => tokens[0] === 'import');
    const statement = imports.find(({ tokens }) => tokens.at(-1) === `"${target}"`);
    const place = statement ? `${importer}:${statement.line}` : importer;
    const folders = this.foldersFor(importer).join(', ');
    return new InvalidContractError(
      `${place} imports ${target}, which is in none of ${folders}: name its folder in \`includeDirs\``,
    );
  }

  private parse(file: string, source: string): protobuf.IParserResult {
    let refused: Error;
    try {
      const parsed = protobuf.parse(source, this.root, { keepCase: this.options.keepCase });
      this.pending ??= this.lines.addFile(file, source);
      return parsed;
    } catch (error) {
      refused = error as Error;
    }
    const [place, line] = /\s*\((?:.*, )?line (\d+)\)/.exec(refused.message) ?? [];
    const mistake = place === undefined ? (this.lines.addFile(file, source) ?? this.pending) : undefined;
    const text = mistake ?? `${refused.message.replace(place ?? '', '')} (${line ? `${file}:${line}` : file})`;
    throw new InvalidContractError(`The .proto cannot be loaded: ${text}`, refused);
  }
}

function sourceOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new InvalidContractError(`The .proto cannot be read: ${(error as Error).message}`, error);
  }
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;
