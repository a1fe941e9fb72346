import type { MakeMessage } from '../envelope/call-message.js';
import { GeneratedCode } from './generated-code.js';

/**
 * What makes messages with the fields `id` and `code` of a call, and the field `name`. As a literal, which V8 makes at once;
 * given them by their names, an object changes its shape with each.
 */
export function callMessage(id: string, code: string, name: string): MakeMessage {
  const keys = [id, code, name].map((key) => JSON.stringify(key));
  return new GeneratedCode().compile(`(id, code, value) => ({ ${keys[0]}: id, ${keys[1]}: code, ${keys[2]}: value })`);
}
