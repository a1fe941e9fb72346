import { Module } from '@nestjs/common';
import { ClientsModule } from '@nestjs/microservices';
import { ClientProtosocket } from 'nestjs-protosocket';

import { HOST, PROTOSOCKET_PORT } from '../addresses.js';
import { GatewayController } from './gateway.controller.js';

@Module({
  imports: [
    ClientsModule.register([
      { name: 'MATH', customClass: ClientProtosocket, options: { host: HOST, port: PROTOSOCKET_PORT } },
    ]),
  ],
  controllers: [GatewayController],
})
export class GatewayModule {}
