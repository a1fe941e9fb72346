/** Each contender has its colour in all plots: one that stands out on white and on black. */
const colors: Readonly<Record<string, string>> = {
  grpc: '#3d8fd1',
  http: '#9a6fd0',
  redis: '#cf5a5a',
  nats: '#2fa084',
  tcp: '#a5813f',
  'tcp-fair': '#c39a1b',
  json: '#f0600f',
  protobuf: '#e0398a',
  'floor-json': '#8b949e',
  'floor-protobuf': '#8b949e',
  'nest-floor-json': '#5f7a99',
  'nest-floor-protobuf': '#5f7a99',
  rust: '#6e7f5a',
};

export const colorOf = (contender: string): string => colors[contender] ?? '#8b949e';

/** Beside a line there is no room for the whole title. */
const names: Readonly<Record<string, string>> = {
  http: 'Nest HTTP',
  'tcp-fair': 'Nest TCP at its best',
  'nest-floor-json': 'floor + Nest, JSON',
  'nest-floor-protobuf': 'floor + Nest, protobuf',
};

export const nameOf = (contender: string, title: string): string => names[contender] ?? title;

/** What no transport in Node is measured against to win, but to see how far there is to go. */
export const isLimit = (contender: string): boolean => /floor|rust/.test(contender);

/** Our own lines are the thick ones. */
export const isOurs = (contender: string): boolean => contender === 'json' || contender === 'protobuf';
