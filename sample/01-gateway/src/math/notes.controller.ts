import { Controller } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';

/** Takes notes as events, and shows them on request. */
@Controller()
export class NotesController {
  private readonly notes: string[] = [];

  @EventPattern('note taken')
  take(@Payload() text: string): void {
    this.notes.push(text);
  }

  @MessagePattern('notes')
  all(): string[] {
    return this.notes;
  }
}
