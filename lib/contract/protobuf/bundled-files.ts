import protobuf from 'protobufjs';
import descriptor from 'protobufjs/ext/descriptor.js';

export interface BundledFile {
  readonly name: string;
  readonly definitions: Readonly<Record<string, protobuf.AnyNestedObject>>;
}

// Not among those that protobufjs takes by itself, and needed by all who declare options. Its declared type has only the
// types that are in it.
const DESCRIPTOR = 'google/protobuf/descriptor.proto';
const { nested: descriptorTypes } = (descriptor as unknown as protobuf.Namespace).toJSON();

/** What protobufjs has of Google's own files. As there, it is taken for a file of that name wherever that may be. */
export function bundledFile(path: string): BundledFile | undefined {
  const name = path.slice(Math.max(0, path.lastIndexOf('google/protobuf/')));
  const definitions =
    name === DESCRIPTOR
      ? { google: { nested: { protobuf: { nested: descriptorTypes } } } }
      : protobuf.common.get(name)?.nested;
  return definitions && { name, definitions };
}
