import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A key and its certificate, as PEM: what `tlsOptions` take. */
export interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

/** Stands in for the authority of a company. It calls `openssl`, and keeps its files until {@link close}. */
export class CertificateAuthority {
  /** Its own certificate: what both sides trust. */
  readonly cert: string;
  private readonly folder = mkdtempSync(join(tmpdir(), 'protosocket-ca-'));
  private issued = 0;

  constructor() {
    const { key, cert } = this.filesOf('ca');
    this.openssl('req', '-x509', '-days', '1', '-subj', '/CN=authority', ...newKey(key), '-out', cert);
    this.cert = readFileSync(cert, 'utf8');
  }

  /** A certificate of `name`, which both a server on loopback and a client may show. */
  issue(name: string): KeyPair {
    const { key, cert } = this.filesOf(String(++this.issued));
    const [request, extensions] = [`${cert}.request`, `${cert}.extensions`];
    writeFileSync(extensions, 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
    this.openssl('req', '-new', '-subj', `/CN=${name}`, ...newKey(key), '-out', request);
    const { key: caKey, cert: caCert } = this.filesOf('ca');
    const signedBy = ['-CA', caCert, '-CAkey', caKey, '-set_serial', String(this.issued)];
    this.openssl('x509', '-req', '-days', '1', '-in', request, ...signedBy, '-extfile', extensions, '-out', cert);
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  }

  close(): void {
    rmSync(this.folder, { recursive: true });
  }

  private filesOf(name: string): { key: string; cert: string } {
    return { key: join(this.folder, `${name}.key`), cert: join(this.folder, `${name}.pem`) };
  }

  private openssl(...args: string[]): void {
    execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  }
}

const newKey = (file: string): string[] => ['-newkey', 'rsa:2048', '-nodes', '-keyout', file];
