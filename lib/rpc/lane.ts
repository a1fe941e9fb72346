/** A call that has its place in a lane. */
export interface Lined {
  /** Its number in the lane; the lane's own to set. */
  place: number;

  /** Begins the work. */
  start(): void;

  /** It is first in line: what it held back may leave, and what has not begun may begin. */
  becomeHead(): void;
}

/** At least so many places of calls that have left are kept, then given up all at once. */
const MAX_LEFT = 1_024;

/**
 * Calls whose replies leave in the order in which the calls came. The head of the lane sends; those behind it hold back
 * what they have. In a serial lane they do not even start.
 */
export class Lane<Call extends Lined> {
  /** In order. A call that leaves leaves its place empty, so that no call behind it has to move up. */
  private line: (Call | undefined)[] = [];
  /** The place of the first of the line. */
  private firstPlace = 0;
  /** Where in the line the head stands; all before it is empty. */
  private headIndex = 0;
  private turn: Call | undefined;
  private advancing = false;

  constructor(
    readonly key: string,
    readonly serial: boolean,
  ) {}

  get isEmpty(): boolean {
    return this.head === undefined;
  }

  isHead(call: Call): boolean {
    return this.head === call;
  }

  join(call: Call): void {
    call.place = this.firstPlace + this.line.length;
    this.line.push(call);
    if (!this.serial) call.start();
    this.advance();
  }

  /** Takes `call` out of the line, wherever it stands. */
  leave(call: Call): void {
    this.line[call.place - this.firstPlace] = undefined;
    while (this.headIndex < this.line.length && this.line[this.headIndex] === undefined) this.headIndex++;
    if (this.headIndex > MAX_LEFT && this.headIndex * 2 > this.line.length) this.moveUp();
    this.advance();
  }

  /** A loop, not a recursion: thousands may have been ready behind a slow head, and each leaves at once. */
  private advance(): void {
    if (this.advancing) return;
    this.advancing = true;
    for (let head = this.head; head !== this.turn; head = this.head) {
      this.turn = head;
      head?.becomeHead();
    }
    this.advancing = false;
  }

  private moveUp(): void {
    this.line = this.line.slice(this.headIndex);
    this.firstPlace += this.headIndex;
    this.headIndex = 0;
  }

  private get head(): Call | undefined {
    return this.line[this.headIndex];
  }
}

/** The lanes of one connection, each there for as long as a call is in it. */
export class Lanes<Call extends Lined> {
  private readonly lanes = new Map<string, Lane<Call>>();

  get size(): number {
    return this.lanes.size;
  }

  get(key: string, serial: boolean): Lane<Call> {
    let lane = this.lanes.get(key);
    if (lane === undefined) this.lanes.set(key, (lane = new Lane<Call>(key, serial)));
    return lane;
  }

  leave(lane: Lane<Call>, call: Call): void {
    lane.leave(call);
    if (lane.isEmpty) this.lanes.delete(lane.key);
  }
}
