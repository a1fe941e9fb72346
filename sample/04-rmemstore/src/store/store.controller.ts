import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';

import type { Get, Put, Response, Value } from '../rmemstore.js';

/** What rmemstored does, as a Nest controller: its Rust clients see no difference. */
@Controller()
export class StoreController {
  private readonly values = new Map<string, Value>();

  @MessagePattern('put')
  put({ key, value }: Put): Response {
    if (!isComplete(value)) return {};
    this.values.set(textOf(key), value);
    return { ok: true };
  }

  @MessagePattern('get')
  get({ key }: Get): Response {
    const value = this.values.get(textOf(key));
    return value ? { value } : {};
  }
}

/** Keys are bytes, which a Map would compare by their identity. */
function textOf(key: Uint8Array): string {
  return Buffer.from(key).toString('latin1');
}

/** rmemstored stores nothing that has no kind, at any depth. */
function isComplete(value: Value | null | undefined): value is Value {
  if (!value) return false;
  if (value.map) return Object.values(value.map.map).every(isComplete);
  return value.blob !== undefined || value.string !== undefined;
}
