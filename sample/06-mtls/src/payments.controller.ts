import { Controller, UseGuards } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import { ProtosocketContext } from 'nestjs-protosocket';

import { Allow, CertificateGuard } from './certificate.guard.js';

@Controller()
@UseGuards(CertificateGuard)
export class PaymentsController {
  private charged = 0;

  @Allow('shop')
  @MessagePattern('charge')
  charge(@Payload() amount: number, @Ctx() { peerCertificate }: ProtosocketContext): string {
    this.charged += amount;
    return `charged ${amount} for ${String(peerCertificate!.subject.CN)}`;
  }

  @Allow('shop', 'reports')
  @MessagePattern('total')
  total(): number {
    return this.charged;
  }
}
