import { describe, expect, it } from '@jest/globals';

import { canReusePort } from '../../lib/session/index.js';

describe('canReusePort', () => {
  it.each(['20.19.0', '21.7.3', '22.0.0', '22.11.0', '23.0.0'])('not on Node %s', (version) => {
    expect(canReusePort(version)).toBe(false);
  });

  it.each(['22.12.0', '22.20.1', '23.1.0', '23.11.0', '24.0.0', '26.10.0', '22.12.0-nightly20241101'])(
    'on Node %s',
    (version) => {
      expect(canReusePort(version)).toBe(true);
    },
  );
});
