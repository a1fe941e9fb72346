import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { Ctx, MessagePattern } from '@nestjs/microservices';
import { type ClientProtosocket, ConnectFailedError, ProtosocketContext } from 'nestjs-protosocket';
import { once } from 'node:events';
import { connect as connectTls, type Server as TlsServer, type TlsOptions, TLSSocket } from 'node:tls';
import { firstValueFrom, NEVER, type Observable } from 'rxjs';

import { CertificateAuthority, type KeyPair } from '../../sample/06-mtls/src/certificate-authority.js';
import { captureLog, closeServices, type Service, startService } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { Proxy } from '../reliability/support/proxy.js';
import { closeProxies } from '../support/tcp-proxy.js';

let running = 0;

@Controller()
class PeerController {
  @MessagePattern('who')
  who(_: unknown, @Ctx() context: ProtosocketContext): unknown {
    const socket = context.getSocketRef() as TLSSocket;
    return {
      peer: context.peerCertificate?.subject.CN ?? null,
      sameSocket: context.connection.socket === socket,
      authorized: socket.authorized,
      protocol: socket.getProtocol(),
      alpn: socket.alpnProtocol,
    };
  }

  @MessagePattern('never')
  never(_: unknown, @Ctx() context: ProtosocketContext): Observable<never> {
    running++;
    context.signal.addEventListener('abort', () => running--);
    return NEVER;
  }
}

describe('TLS', () => {
  let authority: CertificateAuthority;
  let stranger: CertificateAuthority;
  let own: KeyPair;
  let ann: KeyPair;
  let service: Service;

  beforeAll(() => {
    [authority, stranger] = [new CertificateAuthority(), new CertificateAuthority()];
    [own, ann] = [authority.issue('server 1'), authority.issue('ann')];
  });
  afterAll(() => {
    authority.close();
    stranger.close();
  });
  beforeEach(() => {
    captureLog();
    running = 0;
  });
  afterEach(closeProxies);
  afterEach(closeServices);

  async function start(options: TlsOptions = {}): Promise<void> {
    service = await startService([PeerController], {
      tlsOptions: { ...own, ca: authority.cert, ...options },
    });
  }

  const who = (client: ClientProtosocket): Promise<Record<string, unknown>> => firstValueFrom(client.send('who', {}));
  const serverOf = (client: ClientProtosocket): unknown => client.unwrap<TLSSocket>().getPeerCertificate().subject.CN;

  describe('that asks for certificates', () => {
    beforeEach(() => start({ requestCert: true }));

    it('shows the certificate of the client to handlers', async () => {
      const client = service.client({ tlsOptions: { ca: authority.cert, ...ann } });
      expect(await who(client)).toMatchObject({ peer: 'ann', sameSocket: true, authorized: true });
    });

    it.each([
      ['without one', (): object => ({})],
      // Which Node does without a word to the client.
      ['with one of somebody else', (): object => stranger.issue('ann')],
    ])('turns away a client %s', async (_, certificate) => {
      const client = service.client({ tlsOptions: { ca: authority.cert, ...certificate() } });
      // In TLS 1.3 a client shows its certificate last, and is connected before the server has looked at it.
      await expect(who(client)).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
      expect(service.server.getStats()).toEqual({ connections: 0, inFlight: 0 });
    });

    it('lets a client look at the certificate of the server', async () => {
      const client = service.client({ tlsOptions: { ca: stranger.cert, ...ann } });
      await expect(who(client)).rejects.toThrow(ConnectFailedError);
    });
  });

  it('gives a new certificate to connections to come, and leaves those that stand alone', async () => {
    await start();
    const tlsOptions = { ca: authority.cert };
    const old = service.client({ tlsOptions });
    expect([await who(old), serverOf(old)]).toEqual([expect.anything(), 'server 1']);
    service.app.unwrap<TlsServer>().setSecureContext({ ...authority.issue('server 2'), ca: authority.cert });
    expect([await who(old), serverOf(old)]).toEqual([expect.anything(), 'server 1']);
    const young = service.client({ tlsOptions });
    expect([await who(young), serverOf(young)]).toEqual([expect.anything(), 'server 2']);
    expect(service.server.getStats().connections).toBe(2);
  });

  it('reads the options of a client for each of its connections', async () => {
    await start({ requestCert: true });
    let current = ann;
    const client = service.client({
      tlsOptions: {
        ca: authority.cert,
        get key() {
          return current.key;
        },
        get cert() {
          return current.cert;
        },
      },
    });
    expect(await who(client)).toMatchObject({ peer: 'ann' });
    current = authority.issue('bob');
    expect(await who(client)).toMatchObject({ peer: 'ann' });
    await client.close();
    expect(await who(client)).toMatchObject({ peer: 'bob' });
  });

  it('agrees on a protocol by ALPN, and refuses a client that has no other', async () => {
    await start({ ALPNProtocols: ['protosocket'] });
    const tlsOptions = { ca: authority.cert };
    const client = service.client({ tlsOptions: { ...tlsOptions, ALPNProtocols: ['http/1.1', 'protosocket'] } });
    expect(await who(client)).toMatchObject({ alpn: 'protosocket' });
    expect(client.unwrap<TLSSocket>().alpnProtocol).toBe('protosocket');
    const other = service.client({ tlsOptions: { ...tlsOptions, ALPNProtocols: ['http/1.1'] } });
    await expect(who(other)).rejects.toThrow(ConnectFailedError);
  });

  it('speaks nothing older than TLS 1.3 where it is told so', async () => {
    await start({ minVersion: 'TLSv1.3' });
    const client = service.client({ tlsOptions: { ca: authority.cert } });
    expect(await who(client)).toMatchObject({ protocol: 'TLSv1.3' });
    const older = service.client({ tlsOptions: { ca: authority.cert, maxVersion: 'TLSv1.2' } });
    await expect(who(older)).rejects.toMatchObject({ code: 'CONNECT_FAILED' });
    const bare = connectTls({ port: service.port, ca: authority.cert, maxVersion: 'TLSv1.2' });
    const [error] = (await once(bare, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toMatch(/PROTOCOL_VERSION/);
  });

  it('is watched by pings as well', async () => {
    service = await startService([PeerController], { tlsOptions: own });
    const proxy = await Proxy.to(service.port);
    const client = service.client({
      port: proxy.port,
      tlsOptions: { ca: authority.cert },
      keepalive: { interval: 40, timeout: 2_000 },
    });
    const call = firstValueFrom(client.send('never', {})).catch((error: unknown) => error);
    await eventually(() => running === 1);
    // More than ten pings and their answers, each of which is seen in what the socket has read.
    const { bytesRead } = client.unwrap();
    await eventually(() => client.unwrap().bytesRead > bytesRead + 10 * 3);
    expect(running).toBe(1);
    proxy.swallow();
    expect(await call).toMatchObject({ code: 'CONNECTION_LOST', cause: { message: expect.stringMatching(/ping/) } });
  });

  it('is closed in good order: what was underway goes to the next server', async () => {
    await start();
    const proxy = await Proxy.to(service.port);
    const client = service.client({ port: proxy.port, tlsOptions: { ca: authority.cert } });
    await who(client);
    const first = service;
    await start();
    proxy.target = service.port;
    const calls = Array.from({ length: 20 }, () => who(client));
    await first.app.close();
    expect(await Promise.all(calls)).toHaveLength(20);
  });
});
