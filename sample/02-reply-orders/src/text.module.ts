import { Module } from '@nestjs/common';

import { ParagraphsController } from './paragraphs.controller.js';
import { WordsController } from './words.controller.js';

@Module({ controllers: [ParagraphsController, WordsController] })
export class TextModule {}
