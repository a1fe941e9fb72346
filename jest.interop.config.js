import base from './jest.config.js';

/** The tests against peers in other languages and real servers. */
export default { ...base, testMatch: ['**/*.interop-spec.ts'] };
