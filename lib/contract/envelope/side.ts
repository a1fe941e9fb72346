import type { Arms } from './arms.js';
import type { CallMessages } from './call-message.js';
import type { MessageFormat } from './message-format.js';

/** The messages of one direction. */
export interface Side {
  readonly format: MessageFormat;
  readonly messages: CallMessages;
  /** Control codes by name, where they come as such. */
  readonly codes?: ReadonlyMap<unknown, number> | undefined;
  readonly arms: Arms;
  /** The highest id that there is room for. Default: 2^53-1. */
  readonly maxId?: number | undefined;
  /** The names of all fields. */
  readonly fields: readonly string[];
  /** Where an arm is declared, for errors; or the message, which has no such arm. */
  whereIs?(name: string): string;
}
