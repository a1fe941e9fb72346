import { CallMessages, type MakeMessage } from '../envelope/call-message.js';
import { GeneratedCode } from './generated-code.js';

/** Makes the messages of calls as literals, which V8 makes at once: given fields by their names, an object changes its shape with each. */
export class CallLiterals extends CallMessages {
  override withField(name: string): MakeMessage {
    const generated = new GeneratedCode();
    const [id, code, value] = [this.id, this.code, name].map((key) => JSON.stringify(key));
    const blanks = Object.entries(this.blanks).map(
      ([key, blank]) => `${JSON.stringify(key)}: ${generated.use(blank)}, `,
    );
    return generated.compile(`(id, code, value) => ({ ${blanks.join('')}${id}: id, ${code}: code, ${value}: value })`);
  }
}
