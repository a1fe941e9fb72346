import type { Fields } from './message-format.js';

/** A payload, and the name of where it lies in its message. */
export interface Arm {
  readonly name: string;
  readonly body: unknown;
}

/** Where the payload lies in the messages of one direction: a message has one of several arms, or none. */
export interface Arms {
  /** All there are. */
  readonly names: readonly string[];

  /** The arm that a message has. */
  take(fields: Fields): Arm | undefined;

  /** The fields that make a message have the arm `name`, which is one of {@link names}. */
  put(name: string, body: unknown): Fields;

  /** Those that have the arm `name` and no payload, if there is such a thing. */
  putNothing?(name: string): Fields | undefined;
}

/**
 * Arms that are fields of the message, as protobuf's oneofs have them, or fields of one of its fields: `get` or
 * `unary.get`.
 */
export class FieldArms implements Arms {
  private readonly paths: readonly (readonly string[])[];

  constructor(readonly names: readonly string[]) {
    this.paths = names.map((name) => name.split('.'));
  }

  take(fields: Fields): Arm | undefined {
    for (let i = 0; i < this.paths.length; i++) {
      const body = valueAt(fields, this.paths[i]!);
      if (body !== undefined && body !== null) return { name: this.names[i]!, body };
    }
    return undefined;
  }

  put(name: string, body: unknown): Fields {
    const path = this.paths[this.names.indexOf(name)]!;
    let value = body;
    for (let depth = path.length - 1; depth > 0; depth--) value = fieldOf(path[depth]!, value);
    return fieldOf(path[0]!, value);
  }
}

/** Not `{ [name]: value }`, which costs V8 five times as much as soon as there have been two names. */
function fieldOf(name: string, value: unknown): Fields {
  const fields: Fields = {};
  fields[name] = value;
  return fields;
}

function valueAt(fields: Fields, path: readonly string[]): unknown {
  let value: unknown = fields;
  for (const name of path) {
    // An arm may be called as what every object inherits.
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Fields)[name];
  }
  return value;
}

/** Arms of a field whose value says which it is: `{ command: { Put: payload } }`, or `{ command: 'Flush' }` without one. */
export class VariantArms implements Arms {
  constructor(
    private readonly field: string,
    readonly names: readonly string[],
    /** Those without a payload. */
    private readonly units: readonly string[] = [],
  ) {}

  take(fields: Fields): Arm | undefined {
    const value = fields[this.field];
    if (typeof value === 'string') return { name: value, body: undefined };
    if (typeof value !== 'object' || value === null) return undefined;
    const [entry] = Object.entries(value);
    return entry && { name: entry[0], body: entry[1] as unknown };
  }

  put(name: string, body: unknown): Fields {
    return fieldOf(this.field, body === undefined ? name : fieldOf(name, body));
  }

  putNothing(name: string): Fields | undefined {
    return this.units.includes(name) ? fieldOf(this.field, name) : undefined;
  }
}

/** Messages that are told apart by the value of a field, and are their own payload. */
export class ValueArms implements Arms {
  constructor(
    private readonly field: string,
    readonly names: readonly string[],
    /** The name of a value. */
    private readonly nameOf: (value: unknown) => string | undefined,
  ) {}

  take(fields: Fields): Arm | undefined {
    const name = this.nameOf(fields[this.field]);
    return name === undefined ? undefined : { name, body: fields };
  }

  put(name: string, body: unknown): Fields {
    return { ...(body as Fields), [this.field]: name };
  }
}

/** Messages of a single kind, each its own payload. */
export class OnlyArm implements Arms {
  readonly names: readonly string[];

  constructor(private readonly name: string) {
    this.names = [name];
  }

  take(fields: Fields): Arm {
    return { name: this.name, body: fields };
  }

  put(_: string, body: unknown): Fields {
    return { ...(body as Fields) };
  }
}
