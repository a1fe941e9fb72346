import { Controller } from '@nestjs/common';
import { Ctx, EventPattern } from '@nestjs/microservices';
import type { ProtosocketContext } from 'nestjs-protosocket';
import { setTimeout as sleep } from 'node:timers/promises';
import protobuf from 'protobufjs';

import { startService } from '../../support/app.js';
import { framed } from './echo-frames.js';

const Envelope = protobuf.loadSync('proto/protosocket.proto').lookupType('nestjs.protosocket.Envelope');

const notes: boolean[] = [];

@Controller()
class NoteController {
  @EventPattern('note')
  async note(@Ctx() { signal }: ProtosocketContext): Promise<void> {
    await sleep(40);
    notes.push(!signal.aborted);
  }
}

/** The bytes of an event, for which only the built-in contract has a place. */
export const note = (id: number): Buffer =>
  framed(Envelope.encode(Envelope.create({ id, pattern: 'note', event: true })).finish());

/** Starts a Nest server that handles it. `notes` tells of each whether it was seen through. */
export async function startNotes(): Promise<{ readonly port: number; readonly notes: readonly boolean[] }> {
  notes.length = 0;
  const { port } = await startService([NoteController]);
  return { port, notes };
}
