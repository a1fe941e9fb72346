/** It comes without types of its own, and has all that msgpackr has. */
declare module 'msgpackr/index-no-eval' {
  export * from 'msgpackr';
}
