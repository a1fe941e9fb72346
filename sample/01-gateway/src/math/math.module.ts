import { Module } from '@nestjs/common';

import { MathController } from './math.controller.js';
import { NotesController } from './notes.controller.js';

@Module({ controllers: [MathController, NotesController] })
export class MathModule {}
