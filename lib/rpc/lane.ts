/** A call that has its place in a lane. */
export interface Lined {
  /** Begins the work. */
  start(): void;

  /** It is first in line: what it held back may leave, and what has not begun may begin. */
  becomeHead(): void;
}

/**
 * Calls whose replies leave in the order in which the calls came. The head of the lane sends; those behind it hold back
 * what they have. In a serial lane they do not even start.
 */
export class Lane<Call extends Lined> {
  private readonly line = new Set<Call>();
  private turn: Call | undefined;
  private advancing = false;

  constructor(
    readonly key: string,
    readonly serial: boolean,
  ) {}

  get isEmpty(): boolean {
    return this.line.size === 0;
  }

  isHead(call: Call): boolean {
    return this.head === call;
  }

  join(call: Call): void {
    this.line.add(call);
    if (!this.serial) call.start();
    this.advance();
  }

  /** Takes `call` out of the line, wherever it stands. */
  leave(call: Call): void {
    this.line.delete(call);
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

  private get head(): Call | undefined {
    return this.line.values().next().value;
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
