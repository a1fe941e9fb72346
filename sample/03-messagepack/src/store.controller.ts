import { Controller } from '@nestjs/common';
import { MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import { filter, finalize, type Observable, Subject } from 'rxjs';

import type { Entry, Prefix } from './contract.js';

/** A store of bytes by key. Each command of the contract is the pattern of a handler. */
@Controller()
export class StoreController {
  private readonly values = new Map<string, Uint8Array>();
  private readonly changes = new Subject<Entry>();
  private watchers = 0;

  /** Answers nothing: the reply is `Done`, which has no data. */
  @MessagePattern('Put')
  put(@Payload() { key, value }: Entry): void {
    // A copy: the bytes that come are a view of what the socket received.
    const entry = { key, value: Buffer.from(value) };
    this.values.set(key, entry.value);
    this.changes.next(entry);
  }

  @MessagePattern('Get')
  get(@Payload() key: string): Uint8Array {
    const value = this.values.get(key);
    if (!value) throw new RpcException({ code: 'NOT_FOUND', message: `There is no ${key}` });
    return value;
  }

  /** What is put under keys with the prefix, until the client unsubscribes. */
  @MessagePattern('Watch')
  watch(@Payload() { prefix }: Prefix): Observable<Entry> {
    this.watchers++;
    return this.changes.pipe(
      filter(({ key }) => key.startsWith(prefix)),
      finalize(() => this.watchers--),
    );
  }

  @MessagePattern('Clear')
  clear(): void {
    this.values.clear();
  }

  /** How many watch at the moment. */
  get watching(): number {
    return this.watchers;
  }
}
