/**
 * The layers of `lib/`, lowest first, and which others each may import. CONTRIBUTING.md draws them; this holds them.
 */
const layers = {
  errors: [],
  wire: ['errors'],
  contract: ['wire', 'errors'],
  connection: ['contract', 'wire', 'errors'],
  rpc: ['contract', 'wire', 'errors'],
  session: ['rpc', 'connection', 'contract', 'wire', 'errors'],
  testing: ['session', 'rpc'],
  nest: ['session', 'rpc', 'connection', 'contract', 'wire', 'errors'],
};

/** What only some layers may import from outside. */
const outside = [
  { group: ['@nestjs/*', 'rxjs', 'rxjs/*'], layers: ['nest'], because: 'The core knows nothing of Nest.' },
  {
    group: ['node:net', 'node:tls'],
    layers: ['connection', 'session', 'nest', 'testing'],
    because: 'Sockets belong to connection and session.',
  },
];

/** For each layer, the rule that holds it. */
export const layerRules = Object.entries(layers).map(([layer, allowed]) => ({
  files: [`lib/${layer}/**/*.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          ...Object.keys(layers)
            .filter((other) => other !== layer && !allowed.includes(other))
            .map((other) => ({ regex: `^(\\.\\./)+${other}/`, message: `lib/${layer} may not import lib/${other}.` })),
          {
            regex: '^(\\.\\./)+index\\.js$',
            message: 'lib/index.ts is for the users of the package.',
          },
          ...outside
            .filter((rule) => !rule.layers.includes(layer))
            .map(({ group, because }) => ({ group, message: because })),
        ],
      },
    ],
  },
}));
