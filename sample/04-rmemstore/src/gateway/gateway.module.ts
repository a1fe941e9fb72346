import { Module } from '@nestjs/common';
import { ClientsModule } from '@nestjs/microservices';
import { ClientProtosocket } from 'nestjs-protosocket';

import { HOST, STORE_PORT } from '../addresses.js';
import { rmemstore } from '../rmemstore.js';
import { GatewayController } from './gateway.controller.js';

@Module({
  imports: [
    ClientsModule.register([
      {
        name: 'RMEMSTORE',
        customClass: ClientProtosocket,
        options: { host: HOST, port: STORE_PORT, contract: rmemstore },
      },
    ]),
  ],
  controllers: [GatewayController],
})
export class GatewayModule {}
