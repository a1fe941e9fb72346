import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { messagePackContract, optional, string, struct, u8, variants } from 'nestjs-protosocket/messagepack';
import { firstValueFrom, type Observable, Subject, toArray } from 'rxjs';

import { captureLog, closeServices, type Service, startService } from '../support/app.js';
import { eventually } from '../support/eventually.js';

interface Text {
  text: string;
}

const text = struct({ text: string });
const arms = optional(variants({ Echo: text, Watch: text, Note: text }));

/** Messages with room for the ids 1 to 255. */
const contract = messagePackContract({
  request: struct({ id: u8, code: u8, command: arms }),
  response: struct({ id: u8, code: u8, kind: arms }),
  routes: { Watch: { reply: 'stream' } },
});

const watched = new Subject<Text>();
const notes: string[] = [];

@Controller()
class EchoController {
  @MessagePattern('Echo')
  echo(@Payload() { text }: Text): Text {
    return { text };
  }

  @MessagePattern('Watch')
  watch(): Observable<Text> {
    return watched;
  }

  @EventPattern('Note')
  note(@Payload() { text }: Text): void {
    notes.push(text);
  }
}

describe('ids of a byte', () => {
  let service: Service;
  beforeEach(async () => {
    captureLog();
    notes.length = 0;
    service = await startService([EchoController], { contract });
  });
  afterEach(closeServices);

  it('are used once on each connection, and calls beyond them made over a new one', async () => {
    const client = service.client({ contract });
    for (let i = 0; i < 600; i++) {
      const payload = { text: String(i) };
      expect(await firstValueFrom(client.send('Echo', payload))).toEqual(payload);
    }
    await eventually(() => client.getStats().connections === 1);
  });

  it('are enough for thousands of calls in flight, on as many connections as that takes', async () => {
    const client = service.client({ contract });
    const texts = Array.from({ length: 2_000 }, (_, index) => ({ text: String(index) }));
    expect(await Promise.all(texts.map((payload) => firstValueFrom(client.send('Echo', payload))))).toEqual(texts);
    await eventually(() => client.getStats().connections === 1);
    expect(client.getStats().inFlight).toBe(0);
  });

  it('do not end a stream that goes on when they run out', async () => {
    const client = service.client({ contract });
    const items = firstValueFrom(client.send('Watch', { text: '' }).pipe(toArray()));
    for (let i = 0; i < 300; i++) await firstValueFrom(client.send('Echo', { text: '' }));
    expect(client.getStats()).toEqual({ connections: 2, inFlight: 1 });
    watched.next({ text: 'still here' });
    watched.complete();
    expect(await items).toEqual([{ text: 'still here' }]);
    await eventually(() => client.getStats().connections === 1);
  });

  it('run out with events that nobody waits for, too', async () => {
    const client = service.client({ contract, acknowledgeEvents: false });
    const texts = Array.from({ length: 700 }, (_, index) => String(index));
    for (const text of texts) await firstValueFrom(client.emit('Note', { text }), { defaultValue: undefined });
    await eventually(() => notes.length === texts.length);
    expect([...notes].sort()).toEqual([...texts].sort());
  });
});
