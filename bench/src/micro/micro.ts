/** One hot spot. */
export interface Micro {
  readonly name: string;
  /** Does it `count` times. */
  run(count: number): void | Promise<void>;
}

/** Keeps a result from being optimised away. */
export let sink: unknown;

export function keep(value: unknown): void {
  sink = value;
}
