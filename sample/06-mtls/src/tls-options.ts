import type { TlsOptions } from 'node:tls';

import type { CertificateAuthority } from './certificate-authority.js';

/** A server that speaks with nobody who has no certificate of `authority`, and only TLS 1.3. */
export function serverTlsOptions(authority: CertificateAuthority, name: string): TlsOptions {
  return {
    ...authority.issue(name),
    ca: authority.cert,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.3',
  };
}
