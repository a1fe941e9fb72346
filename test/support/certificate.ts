import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate that signs itself, for `localhost` and 127.0.0.1, made anew for every run. */
export class Certificate {
  readonly keyFile: string;
  readonly certFile: string;
  readonly key: string;
  readonly cert: string;
  private readonly folder = mkdtempSync(join(tmpdir(), 'protosocket-cert-'));

  constructor() {
    this.keyFile = join(this.folder, 'key.pem');
    this.certFile = join(this.folder, 'cert.pem');
    const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=localhost'];
    const names = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    execFileSync('openssl', [...request, ...names, '-keyout', this.keyFile, '-out', this.certFile], {
      stdio: 'ignore',
    });
    this.key = readFileSync(this.keyFile, 'utf8');
    this.cert = readFileSync(this.certFile, 'utf8');
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
