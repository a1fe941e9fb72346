import { Controller, type ModuleMetadata } from '@nestjs/common';
import { EventPattern, MessagePattern } from '@nestjs/microservices';

/** What the handlers of the service under attack have seen. */
export const seen = { live: 0, most: 0, echoes: 0, events: 0 };
let release: (() => void)[] = [];

export function forget(): void {
  Object.assign(seen, { live: 0, most: 0, echoes: 0, events: 0 });
  release = [];
}

/** Lets all that is at work come to its end. */
export function finishWork(): void {
  for (const finish of release.splice(0)) finish();
}

@Controller()
class AttackedController {
  @MessagePattern('echo')
  echo(data: unknown): unknown {
    seen.echoes++;
    return data;
  }

  /** Takes its time, and no notice of a Cancel. */
  @MessagePattern('work')
  async work(): Promise<string> {
    seen.most = Math.max(seen.most, ++seen.live);
    await new Promise<void>((resolve) => release.push(resolve));
    seen.live--;
    return 'done';
  }

  @MessagePattern('megabyte')
  megabyte(): string {
    return 'x'.repeat(1024 * 1024);
  }

  @MessagePattern('throw')
  throw(): never {
    throw new Error('the password is hunter2');
  }

  @MessagePattern('bigint')
  bigint(): bigint {
    return 1n;
  }

  /** As careless as much code is: whether a fresh object is an admin after the data was copied into another. */
  @MessagePattern('merge')
  merge(data: Record<string, object>): boolean {
    const target: Record<string, object> = {};
    for (const key of Object.keys(data)) Object.assign((target[key] ??= {}), data[key]);
    const isAdmin = 'admin' in {};
    delete (Object.prototype as { admin?: unknown }).admin;
    return isAdmin;
  }

  @EventPattern('event')
  event(_: unknown): void {
    seen.events++;
  }
}

export const attacked: ModuleMetadata = { controllers: [AttackedController] };
