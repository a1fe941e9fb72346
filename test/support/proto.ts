import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import protobuf from 'protobufjs';

/** The package's root, which is where jest runs. */
const file = join(process.cwd(), 'proto/protosocket.proto');
const { root } = protobuf.parse(readFileSync(file, 'utf8'), { keepCase: true });

/** The messages of the published .proto, as another implementation of protobuf reads it. */
export const Envelope = root.lookupType('nestjs.protosocket.Envelope');
export const Status = root.lookupType('nestjs.protosocket.Status');
