import base from './jest.config.js';

/** The rigs of `npm run reliability`, which measure; some of them are tests of another kind as well. */
export default { ...base, testMatch: [...base.testMatch, '**/*.rig-spec.ts', '**/*.interop-spec.ts'] };
