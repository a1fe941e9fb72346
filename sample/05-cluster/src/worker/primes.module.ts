import { Module } from '@nestjs/common';

import { PrimesController } from './primes.controller.js';

@Module({ controllers: [PrimesController] })
export class PrimesModule {}
