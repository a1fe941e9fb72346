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
  private readonly paths = new Map<string, readonly string[]>();
  private readonly branches: Branches = new Map();

  constructor(readonly names: readonly string[]) {
    for (const [rank, name] of names.entries()) {
      const path = name.split('.');
      this.paths.set(name, path);
      addTo(this.branches, path, { name, rank });
    }
  }

  take(fields: Fields): Arm | undefined {
    return armIn(fields, this.branches);
  }

  put(name: string, body: unknown): Fields {
    const path = this.paths.get(name)!;
    let value = body;
    for (let depth = path.length - 1; depth > 0; depth--) value = fieldOf(path[depth]!, value);
    return fieldOf(path[0]!, value);
  }
}

interface Leaf {
  readonly name: string;
  /** Its place among all arms: of several, the first counts. */
  readonly rank: number;
}

/** By the names of fields: the arm that each is, or the arms within it. */
type Branches = Map<string, Leaf | Branches>;

function addTo(branches: Branches, [first, ...rest]: readonly string[], leaf: Leaf): void {
  if (rest.length === 0) {
    branches.set(first!, leaf);
    return;
  }
  const within = branches.get(first!) ?? new Map<string, Leaf | Branches>();
  branches.set(first!, within);
  addTo(within as Branches, rest, leaf);
}

/** Looks at the fields that there are, and not for each arm: a service may have hundreds, and a message has one. */
function armIn(fields: Fields, branches: Branches): (Arm & Leaf) | undefined {
  let found: (Arm & Leaf) | undefined;
  for (const field in fields) {
    const branch = branches.get(field);
    if (branch === undefined) continue;
    const body = fields[field];
    if (body === undefined || body === null) continue;
    const arm = branch instanceof Map ? armWithin(body, branch) : { name: branch.name, rank: branch.rank, body };
    if (arm && (!found || arm.rank < found.rank)) found = arm;
  }
  return found;
}

function armWithin(value: unknown, branches: Branches): (Arm & Leaf) | undefined {
  return typeof value === 'object' && value !== null ? armIn(value as Fields, branches) : undefined;
}

/** Not `{ [name]: value }`: V8 makes that slowly, as soon as there have been two names. */
function fieldOf(name: string, value: unknown): Fields {
  const fields: Fields = {};
  fields[name] = value;
  return fields;
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
