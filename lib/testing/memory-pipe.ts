import type { Random } from './random.js';

/** What a pipe needs of the network it belongs to. */
export interface Wire {
  readonly random: Random;
  /** Whether bytes may arrive in other pieces than they were sent in. */
  readonly split: boolean;
  /** How many bytes are taken from a sender whose receiver does not read. */
  readonly window: number;
  /** Calls `run` when what is sent now has arrived. */
  afterLatency(run: () => void): void;
  /** Calls `run` once others had their chance. */
  soon(run: () => void): void;
}

/** Who takes what comes out of a pipe. Answers whether it takes more. */
export interface PipeEnd {
  receive(bytes: Buffer): boolean;
  receiveFin(): void;
}

/**
 * One direction of a connection: bytes go in at one end and, later and cut anew, come out of the other, in order.
 *
 * ```
 *   written > (window) > in flight --latency--> arrived > taken
 * ```
 */
export class MemoryPipe {
  private bytes: Buffer = Buffer.alloc(0);
  /** How many of {@link bytes} have arrived. */
  private arrived = 0;
  /** A write that found the window full, and how to go on once there is room. */
  private waiting: (() => void) | undefined;
  private fin: 'unsaid' | 'in flight' | 'arrived' | 'taken' = 'unsaid';
  private isStalled = false;
  private wantsMore = true;
  private isFlowing = false;
  private isBroken = false;

  constructor(
    private readonly wire: Wire,
    private readonly end: PipeEnd,
  ) {}

  /** Whether bytes were sent that nobody has taken. */
  get hasBytes(): boolean {
    return this.bytes.length > 0;
  }

  /** Takes `chunk` as soon as there is room in the window, then calls back. */
  write(chunk: Buffer, done: () => void): void {
    if (this.bytes.length >= this.wire.window) {
      this.waiting = () => this.write(chunk, done);
      return;
    }
    // Copied when it is taken: the sender may write over it afterwards, as with a kernel.
    this.bytes = Buffer.concat([this.bytes, chunk]);
    this.wire.afterLatency(() => {
      this.arrived += chunk.length;
      this.flow();
    });
    done();
  }

  /** Says that nothing more comes, behind all that was written. */
  finish(): void {
    if (this.fin !== 'unsaid') return;
    this.fin = 'in flight';
    this.wire.afterLatency(() => {
      this.fin = 'arrived';
      this.flow();
    });
  }

  /** The receiver can take more. */
  pull(): void {
    this.wantsMore = true;
    this.flow();
  }

  /** From now on nothing comes out, until {@link unstall}. */
  stall(): void {
    this.isStalled = true;
  }

  unstall(): void {
    this.isStalled = false;
    this.flow();
  }

  /** What is in it is lost, and so is whatever is written later. */
  break(): void {
    this.isBroken = true;
    this.bytes = Buffer.alloc(0);
    this.arrived = 0;
  }

  private flow(): void {
    if (this.isFlowing || this.isBroken) return;
    this.isFlowing = true;
    this.wire.soon(() => {
      this.isFlowing = false;
      if (this.isStalled || this.isBroken) return;
      if (this.arrived > 0 && this.wantsMore) this.takePiece();
      else if (this.bytes.length === 0 && this.fin === 'arrived') this.takeFin();
    });
  }

  private takePiece(): void {
    const { random, split } = this.wire;
    const length = split ? 1 + random.below(this.arrived) : this.arrived;
    const piece = this.bytes.subarray(0, length);
    this.bytes = this.bytes.subarray(length);
    this.arrived -= length;
    this.wantsMore = this.end.receive(piece);
    const { waiting } = this;
    if (waiting && this.bytes.length < this.wire.window) {
      this.waiting = undefined;
      waiting();
    }
    this.flow();
  }

  private takeFin(): void {
    this.fin = 'taken';
    this.end.receiveFin();
  }
}
