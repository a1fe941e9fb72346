import { Injectable } from '@nestjs/common';

/** What happened in an application, in its order. */
@Injectable()
export class Journal {
  readonly entries: unknown[] = [];

  note(entry: unknown): void {
    this.entries.push(entry);
  }
}

/** Holds handlers until the test lets them go on. */
@Injectable()
export class Gate {
  waiting = 0;
  private release: () => void = () => undefined;
  private readonly opened = new Promise<void>((resolve) => {
    this.release = resolve;
  });

  async pass(): Promise<void> {
    this.waiting++;
    await this.opened;
  }

  open(): void {
    this.release();
  }
}
