import { readFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import protobuf from 'protobufjs';

import { InvalidContractError } from '../../errors/index.js';
import { SourceLines } from './source-lines.js';

/** The types of .proto files, and where they are declared. */
export interface Schema {
  readonly root: protobuf.Root;
  readonly lines: SourceLines;
}

export interface SchemaOptions {
  /** Where imports are looked for, beside the folder of the file that has them. */
  readonly includeDirs: readonly string[];
  readonly keepCase: boolean;
}

/**
 * Loads .proto files with what they import.
 *
 * @throws InvalidContractError with file and line.
 */
export function loadSchema(paths: readonly string[], { includeDirs, keepCase }: SchemaOptions): Schema {
  const root = new protobuf.Root();
  const lines = new SourceLines();
  const scanned = new Set<string>();
  const bundled = root.resolvePath.bind(root);
  root.resolvePath = (origin, target) => {
    const found = firstThatExists([bundled(origin, target), ...includeDirs.map((folder) => join(folder, target))]);
    if (found !== undefined && !scanned.has(found)) {
      scanned.add(found);
      lines.addFile(found);
    }
    // One that is not there may be among protobufjs' own; if not, it says so.
    return found ?? target;
  };
  try {
    root.loadSync(
      paths.map((path) => (isAbsolute(path) ? path : resolve(path))),
      { keepCase },
    );
    root.resolveAll();
  } catch (error) {
    if (error instanceof InvalidContractError) throw error;
    throw new InvalidContractError(`The .proto cannot be loaded: ${(error as Error).message}`, error);
  }
  return { root, lines };
}

function firstThatExists(candidates: readonly (string | null)[]): string | undefined {
  for (const candidate of candidates) {
    if (candidate === null) continue;
    try {
      readFileSync(candidate);
      return candidate;
    } catch {
      continue;
    }
  }
  return undefined;
}
