import { config } from 'rxjs';

/** As RxJS does with what nobody handles, which does not export how: see its `reportUnhandledError`. */
export function reportUnhandled(error: unknown): void {
  setTimeout(() => {
    if (config.onUnhandledError) config.onUnhandledError(error);
    else throw error;
  });
}
