import { ClientProtosocket, ProtosocketError, type ServerProtosocket } from 'nestjs-protosocket';
import type { AddressInfo } from 'node:net';
import type { Server as TlsServer, TLSSocket } from 'node:tls';
import { firstValueFrom } from 'rxjs';

import type { CertificateAuthority, KeyPair } from './certificate-authority.js';
import { serverTlsOptions } from './tls-options.js';

/** Calls the service as a shop, as reports, and as somebody without a certificate; and gives the service a new one. */
export async function demonstrate(
  server: ServerProtosocket,
  authority: CertificateAuthority,
  print: (line: string) => void,
): Promise<void> {
  const { port } = server.unwrap().address() as AddressInfo;
  const clientWith = (own?: KeyPair): ClientProtosocket =>
    new ClientProtosocket({ host: '127.0.0.1', port, tlsOptions: { ca: authority.cert, ...own } });
  const certificateOf = (client: ClientProtosocket): string =>
    String(client.unwrap<TLSSocket>().getPeerCertificate().subject.CN);

  const shop = clientWith(authority.issue('shop'));
  const reports = clientWith(authority.issue('reports'));
  const nobody = clientWith();
  try {
    print(`shop     charge  ${await outcome(shop, 'charge', 40)}`);
    print(`reports  total   ${await outcome(reports, 'total', {})}`);
    print(`reports  charge  ${await outcome(reports, 'charge', 2)}`);
    print(`nobody   total   ${await outcome(nobody, 'total', {})}`);

    print(`shop     is served by ${certificateOf(shop)}`);
    // No restart: connections that stand keep what they were made with, and those to come get the new one.
    server.unwrap<TlsServer>().setSecureContext(serverTlsOptions(authority, 'payments 2'));
    print(`shop     charge  ${await outcome(shop, 'charge', 2)}, still by ${certificateOf(shop)}`);
    await shop.close();
    print(`shop     total   ${await outcome(shop, 'total', {})}, by ${certificateOf(shop)}`);
  } finally {
    await Promise.all([shop, reports, nobody].map((client) => client.close()));
  }
}

async function outcome(client: ClientProtosocket, pattern: string, data: unknown): Promise<string> {
  try {
    return String(await firstValueFrom(client.send(pattern, data)));
  } catch (error) {
    if (error instanceof ProtosocketError) return error.code;
    const { code, message } = error as { code: string; message: string };
    return `${code}: ${message}`;
  }
}
