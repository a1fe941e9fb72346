import type { MessageShape } from './message-shape.js';
import type { StaticClass } from './static-type.js';

/**
 * The shape of a class of a static module. It has the defaults of its fields, and a getter for each oneof, that answers
 * which of the members is there.
 */
export class StaticShape implements MessageShape {
  readonly name: string;
  readonly fields: readonly string[];
  readonly oneofs: ReadonlyMap<string, readonly string[]>;

  constructor(readonly type: StaticClass) {
    this.name = type.name;
    const defaults = Object.entries(type.prototype).filter(([, value]) => typeof value !== 'function');
    this.fields = defaults.map(([name]) => name);
    this.oneofs = new Map(oneofsOf(type.prototype, this.fields));
  }

  messageIn(field: string): StaticShape | undefined {
    const type = constructorOf(valueMade(this.type, field));
    return isGenerated(type) ? new StaticShape(type) : undefined;
  }

  enumIn(): undefined {
    return undefined;
  }

  whereIs(): string {
    return '';
  }
}

function* oneofsOf(prototype: object, fields: readonly string[]): Iterable<[name: string, members: string[]]> {
  for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    const members = fields.filter((field) => property.get?.call({ [field]: true }) === field);
    const isOptional = members.length === 1 && name === `_${members[0]}`;
    if (members.length > 0 && !isOptional) yield [name, members];
  }
}

/** What the class makes of an empty object in `field`: of one that holds a message that message. */
function valueMade(type: StaticClass, field: string): unknown {
  try {
    return (type.fromObject({ [field]: {} }) as Record<string, unknown>)[field];
  } catch {
    // It holds a list.
    return undefined;
  }
}

const constructorOf = (value: unknown): unknown => (value as object | undefined)?.constructor;

function isGenerated(type: unknown): type is StaticClass {
  return typeof type === 'function' && 'fromObject' in type;
}
