import type { Ability } from '../contenders/catalogue.js';
import type { Work } from '../processes/orders.js';

/** A load that contenders are put under. */
export interface LoadPoint {
  readonly suite: string;
  readonly title: string;
  readonly work: Work;
  /** Contenders without it are not put under this load. */
  readonly needs?: Ability;
}
