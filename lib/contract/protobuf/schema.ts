import protobuf from 'protobufjs';

import { InvalidContractError } from '../../errors/index.js';
import { ProtoFiles, type ProtoFilesOptions } from './proto-files.js';
import { SourceLines } from './source-lines.js';

/** Types of messages, and where they are declared. */
export interface Schema {
  readonly root: protobuf.Root;
  readonly lines: SourceLines;
}

/**
 * Loads .proto files with what they import.
 *
 * @throws InvalidContractError with file and line.
 */
export function loadSchema(paths: readonly string[], options: ProtoFilesOptions): Schema {
  const files = new ProtoFiles(options);
  for (const path of paths) files.add(path);
  return checked(files);
}

/** That of a root which is loaded already. @throws InvalidContractError */
export function schemaOfRoot(root: protobuf.Root): Schema {
  return checked({ root, lines: new SourceLines() });
}

/**
 * The message with that name, which need not be in full if no other ends so, but for those that are nested deeper.
 *
 * @throws InvalidContractError
 */
export function messageNamed(name: string, { lines, root }: Schema): protobuf.Type {
  const full = name.replace(/^\.?/, '.');
  const all = [...messagesIn(root)].filter(({ fullName }) => fullName.endsWith(full));
  const exact = all.find(({ fullName }) => fullName === full);
  if (exact) return possible(exact, lines);
  const least = Math.min(...all.map(depthOf));
  const found = all.filter((type) => depthOf(type) === least);
  if (found.length === 0) throw new InvalidContractError(`The .proto has no message ${name}`);
  if (found.length === 1) return possible(found[0]!, lines);
  const places = found.map(({ fullName }) => `${fullName.slice(1)}${lines.of(fullName)}`);
  throw new InvalidContractError(`The .proto has several messages ${name}: ${places.join(', ')}`);
}

/** Refuses a message with something in it that protobufjs takes, and no other implementation of protobuf. */
function possible(type: protobuf.Type, lines: SourceLines): protobuf.Type {
  const seen = new Set([type]);
  for (const each of seen) {
    for (const field of each.fieldsArray) {
      const mistake = mistakeOf(field.resolve());
      if (mistake !== undefined) throw invalid(field, mistake, lines);
      if (field.resolvedType instanceof protobuf.Type) seen.add(field.resolvedType);
    }
  }
  return type;
}

function mistakeOf({ hasPresence, map, options, partOf, repeated }: protobuf.Field): string | undefined {
  if (partOf && (map || repeated)) return 'a member of a oneof is single';
  if (hasPresence || map || repeated || (options?.default ?? undefined) === undefined) return undefined;
  return 'a field without presence has no default of its own (in JSON, a type of proto2 needs `edition: "proto2"`)';
}

/** In how many messages it is nested. */
function depthOf({ parent }: protobuf.Type): number {
  return parent instanceof protobuf.Type ? 1 + depthOf(parent) : 0;
}

function* messagesIn(namespace: protobuf.NamespaceBase): Iterable<protobuf.Type> {
  if (namespace instanceof protobuf.Type) yield namespace;
  for (const nested of namespace.nestedArray) {
    if (nested instanceof protobuf.Namespace) yield* messagesIn(nested);
  }
}

function checked({ lines, root }: Schema): Schema {
  // Of several types that are not there it names but one, and that only once, and not who has it.
  const failure = failureOf(() => root.resolveAll());
  for (const each of declaredIn(root)) {
    const own = failureOf(() => each.resolve());
    if (own) throw invalid(each, own.message, lines, own);
    if (each instanceof protobuf.Field && !isNumber(each.id)) {
      throw invalid(each, `${each.id} is no number for a field`, lines);
    }
  }
  if (failure) throw invalid(root.deferred[0], failure.message, lines, failure);
  return { root, lines };
}

function invalid(
  where: protobuf.ReflectionObject | undefined,
  text: string,
  lines: SourceLines,
  cause?: Error,
): InvalidContractError {
  const place = where ? `${where.fullName.slice(1)}${lines.of(where.fullName)}: ` : '';
  return new InvalidContractError(`The .proto cannot be loaded: ${place}${text}`, cause);
}

function failureOf(act: () => void): Error | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

/** What may name a type: the fields and methods in `namespace`, and those within what is in it. */
function* declaredIn(namespace: protobuf.NamespaceBase): Iterable<protobuf.ReflectionObject> {
  // Without extensions of it, which are declared elsewhere.
  if (namespace instanceof protobuf.Type) yield* namespace.fieldsArray.filter((field) => !field.declaringField);
  if (namespace instanceof protobuf.Service) yield* namespace.methodsArray;
  for (const nested of namespace.nestedArray) {
    // A field is an extension.
    if (nested instanceof protobuf.Field) yield nested;
    else if (nested instanceof protobuf.Namespace) yield* declaredIn(nested);
  }
}

/** All but those that the wire has no room for, and those that protobuf keeps to itself. */
const isNumber = (id: number): boolean => id > 0 && id < 2 ** 29 && (id < 19_000 || id > 19_999);
