import { describe, expect, it } from '@jest/globals';

import { ResourceExhaustedError } from '../../lib/errors/index.js';
import { Admission } from '../../lib/session/admission.js';

/** Admits from `address`, and throws if it was not. */
function admit(admission: Admission, address?: string): () => void {
  const leave = admission.admit(address);
  if (leave instanceof Error) throw leave;
  return leave;
}

describe('Admission', () => {
  it('admits so many, and one more when one has left', () => {
    const admission = new Admission({ maxConnections: 2, maxConnectionsPerAddress: 0 });
    const leave = admit(admission, '10.0.0.1');
    admit(admission);
    expect(admission.admit('10.0.0.2')).toBeInstanceOf(ResourceExhaustedError);
    leave();
    admit(admission, '10.0.0.2');
    expect(admission.admit('10.0.0.2')).toBeInstanceOf(ResourceExhaustedError);
  });

  it('admits so many of each address, and does not count those of a Unix domain socket', () => {
    const admission = new Admission({ maxConnections: 0, maxConnectionsPerAddress: 2 });
    const leave = admit(admission, '10.0.0.1');
    admit(admission, '10.0.0.1');
    expect(admission.admit('10.0.0.1')).toMatchObject({ message: expect.stringContaining('10.0.0.1') });
    admit(admission, '10.0.0.2');
    for (let i = 0; i < 10; i++) admit(admission);
    leave();
    admit(admission, '10.0.0.1');
    expect(admission.admit('10.0.0.1')).toBeInstanceOf(ResourceExhaustedError);
  });

  it('counts nobody who was not admitted', () => {
    const admission = new Admission({ maxConnections: 3, maxConnectionsPerAddress: 1 });
    admit(admission, '10.0.0.1');
    for (let i = 0; i < 10; i++) expect(admission.admit('10.0.0.1')).toBeInstanceOf(ResourceExhaustedError);
    admit(admission, '10.0.0.2');
    admit(admission, '10.0.0.3');
  });

  it.each([
    ['10.0.0.1', '::ffff:10.0.0.1', true],
    ['10.0.0.1', '10.0.0.2', false],
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', true],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::', true],
    ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
    ['2001:db8::1', '2001:db8:0:0:9::', true],
    ['::1', '::2', true],
    ['::1', '1::1', false],
    ['fe80::1%eth0', 'fe80::2%eth1', true],
  ])('takes %s and %s for one peer: %p', (one, other, same) => {
    const admission = new Admission({ maxConnections: 0, maxConnectionsPerAddress: 1 });
    admit(admission, one);
    expect(admission.admit(other) instanceof Error).toBe(same);
  });

  it('has no end with limits of 0', () => {
    const admission = new Admission({ maxConnections: 0, maxConnectionsPerAddress: 0 });
    for (let i = 0; i < 1_000; i++) admit(admission, '10.0.0.1');
  });
});
