import type { Arms } from './arms.js';
import type { MakeMessage } from './call-message.js';
import type { MessageFormat } from './message-format.js';

/** The messages of one direction. */
export interface Side {
  readonly format: MessageFormat;
  /** The fields that hold the id and the control code. */
  readonly id: string;
  readonly code: string;
  /** Control codes by name, where they come as such. */
  readonly codes?: ReadonlyMap<unknown, number> | undefined;
  readonly arms: Arms;
  /** What makes messages of calls with the field `name`, where there is a faster way than one field after another. */
  readonly makerOf?: ((name: string) => MakeMessage) | undefined;
  /** Where a name is declared, for errors. */
  whereIs?(name: string): string;
}
