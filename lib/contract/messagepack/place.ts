import { NotSerializableError, ProtocolViolationError } from '../../errors/index.js';

const MAX_LENGTH = 200;

/** Where in a message one is, for errors. */
class Place {
  private readonly path: (string | number)[] = [];

  /** @param message what it is that is read or written. */
  constructor(private readonly message: string) {}

  enter(name: string | number): void {
    this.path.push(name);
  }

  leave(): void {
    this.path.pop();
  }

  /** Such as `request.body.nanotime`, cut short where a peer makes up long names. */
  toString(): string {
    return [this.message, ...this.path].join('.').slice(0, MAX_LENGTH);
  }
}

/** Where a value stands that was received. */
export class ReadPlace extends Place {
  /** The error for a value that is not what the contract has there. */
  mismatch(expected: string): ProtocolViolationError {
    return new ProtocolViolationError(
      `The peer sent a frame that is no message of the contract: ${this.toString()} has to be ${expected}`,
    );
  }
}

export interface WriteOptions {
  /** What it is that is written, for errors. */
  readonly message: string;
  /** Whether structs become maps, in place of arrays. */
  readonly structsAsMaps: boolean;
  /** How many arrays and maps may lie within each other. */
  readonly maxDepth: number;
}

/** Where a value stands that is to be sent. */
export class WritePlace extends Place {
  readonly structsAsMaps: boolean;
  private readonly maxDepth: number;
  private depth = 0;

  constructor({ maxDepth, message, structsAsMaps }: WriteOptions) {
    super(message);
    this.structsAsMaps = structsAsMaps;
    this.maxDepth = maxDepth;
  }

  /** Into an array or a map, until {@link close}. */
  open(): void {
    // A peer that is like this one would refuse it, and with it all other calls of the connection.
    if (++this.depth > this.maxDepth) {
      throw new NotSerializableError(`${this.toString()} nests deeper than ${this.maxDepth}, or in itself`);
    }
  }

  close(): void {
    this.depth--;
  }

  /** The error for a value that has no form where it stands. Says what it is and not which: it may be a secret. */
  mismatch(expected: string, value: unknown): NotSerializableError {
    return new NotSerializableError(`${this.toString()} has to be ${expected}, and is ${described(value)}`);
  }
}

function described(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return `a value of type ${typeof value}`;
}
