import { type CanActivate, type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { RpcException } from '@nestjs/microservices';
import type { ProtosocketContext } from 'nestjs-protosocket';

const ALLOWED = 'names of certificates';

/** Which services may call a handler: the common names of their certificates. */
export const Allow = (...names: string[]): MethodDecorator => SetMetadata(ALLOWED, names);

/**
 * Lets a call through if its peer has shown a certificate with one of the names. That the certificate is good was seen to by
 * TLS: `requestCert` and `rejectUnauthorized` of the server's `tlsOptions`.
 */
@Injectable()
export class CertificateGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const allowed = this.reflector.get<string[] | undefined>(ALLOWED, context.getHandler()) ?? [];
    const { peerCertificate } = context.switchToRpc().getContext<ProtosocketContext>();
    const name = peerCertificate?.subject.CN;
    if (typeof name === 'string' && allowed.includes(name)) return true;
    throw new RpcException({ code: 'FORBIDDEN', message: `${String(name)} may not do this` });
  }
}
