import type { ClientProxy } from '@nestjs/microservices';
import { lastValueFrom, map, type Observable } from 'rxjs';

import type { Entry } from './contract.js';

/** The commands of the store, for whoever calls it. */
export class StoreClient {
  constructor(private readonly proxy: ClientProxy) {}

  async put(key: string, text: string): Promise<void> {
    const entry: Entry = { key, value: Buffer.from(text) };
    // `Done` has no data, so the call completes without a value.
    await lastValueFrom(this.proxy.send('Put', entry), { defaultValue: undefined });
  }

  get(key: string): Promise<string> {
    return lastValueFrom(this.proxy.send<Buffer>('Get', key).pipe(map((value) => value.toString())));
  }

  watch(prefix: string): Observable<string> {
    return this.proxy.send<Entry>('Watch', { prefix }).pipe(map(({ key, value }) => `${key}: ${value.toString()}`));
  }

  async clear(): Promise<void> {
    // Nest wants something to send; `Clear` has no data, so it is left out.
    await lastValueFrom(this.proxy.send('Clear', {}), { defaultValue: undefined });
  }
}
