import { type CallMessages, fieldOf, type MakeMessage } from './call-message.js';
import { fieldIn, type Fields } from './message-format.js';

/** A payload, and the name of where it lies in its message. */
export interface Arm {
  readonly name: string;
  readonly body: unknown;
}

/** Where the payload lies in the messages of one direction: a message has one of several arms, or none. */
export interface Arms {
  /** All there are. */
  readonly names: readonly string[];

  /** The one of {@link names} that says nothing, if there is such a thing: a server need not handle it. */
  readonly unspecified?: string | undefined;

  /** The arm that a message has. */
  take(fields: Fields): Arm | undefined;

  /** What makes messages with a payload in the arm `name`, which is one of {@link names}. */
  makerOf(name: string, messages: CallMessages): MakeMessage;

  /** Those that have the arm `name` and no payload, if there is such a thing. */
  putNothing?(name: string): Fields | undefined;
}

/**
 * Arms that are fields of the message, as protobuf's oneofs have them, or fields of one of its fields: `get` or
 * `unary.get`.
 */
export class FieldArms implements Arms {
  readonly names: readonly string[];
  private readonly branches: Branches = new Map();
  private readonly paths = new Map<string, readonly string[]>();

  /** @param paths The names of fields, each within the one before it. That of an extension of protobuf has dots in it. */
  constructor(paths: readonly (readonly string[])[]) {
    for (const [rank, path] of paths.entries()) {
      const name = path.join('.');
      this.paths.set(name, path);
      addTo(this.branches, path, { name, rank });
    }
    this.names = [...this.paths.keys()];
  }

  take(fields: Fields): Arm | undefined {
    return armIn(fields, this.branches);
  }

  makerOf(name: string, messages: CallMessages): MakeMessage {
    const [first, ...within] = this.paths.get(name)!;
    const make = messages.withField(first!);
    if (within.length === 0) return make;
    return (id, code, body) => {
      const value = within.reduceRight((inner, field) => fieldOf(field, inner), body);
      return make(id, code, value);
    };
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

  makerOf(name: string, messages: CallMessages): MakeMessage {
    const make = messages.withField(this.field);
    return (id, code, body) => make(id, code, body === undefined ? name : fieldOf(name, body));
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
    readonly unspecified?: string,
  ) {}

  take(fields: Fields): Arm | undefined {
    const name = this.nameOf(fieldIn(fields, this.field));
    return name === undefined ? undefined : { name, body: fields };
  }

  makerOf(name: string, messages: CallMessages): MakeMessage {
    return (id, code, body) => messages.of(id, code, { ...(body as Fields), [this.field]: name });
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

  makerOf(_: string, messages: CallMessages): MakeMessage {
    return (id, code, body) => messages.of(id, code, { ...(body as Fields) });
  }
}
