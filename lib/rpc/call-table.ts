import type { MessageId } from '../wire/index.js';

const FIRST_SIZE = 16;
/** Beyond it calls are found in a Map: 128 KiB are enough for one connection. */
const MAX_SIZE = 16 * 1024;

/**
 * Calls by their message id: a Map for ids that rise, as ids do. The place of a call is the low bits of its id, so to find
 * one is to look into an array, which costs a tenth of a Map that is added to and deleted from all the time. A call whose
 * place is taken, by one that takes longer, goes to a Map.
 */
export class CallTable<Call extends { readonly id: MessageId }> {
  size = 0;
  /** A power of two long. */
  private places = emptyPlaces<Call>(FIRST_SIZE);
  /** All calls that have no place of their own. */
  private readonly elsewhere = new Map<MessageId, Call>();

  get(id: MessageId): Call | undefined {
    const placed = this.places[this.placeOf(id)];
    if (placed !== undefined && placed.id === id) return placed;
    return this.elsewhere.size === 0 ? undefined : this.elsewhere.get(id);
  }

  /** There must be none with its id. */
  add(call: Call): void {
    this.size++;
    if (this.size * 2 > this.places.length && this.places.length < MAX_SIZE) this.grow();
    this.put(call);
  }

  /** Answers whether it was there. */
  delete(call: Call): boolean {
    const place = this.placeOf(call.id);
    if (this.places[place] === call) this.places[place] = undefined;
    else if (this.elsewhere.get(call.id) === call) this.elsewhere.delete(call.id);
    else return false;
    this.size--;
    return true;
  }

  values(): Call[] {
    return [...this.places.filter((call) => call !== undefined), ...this.elsewhere.values()];
  }

  private put(call: Call): void {
    const place = this.placeOf(call.id);
    if (this.places[place] === undefined) this.places[place] = call;
    else this.elsewhere.set(call.id, call);
  }

  private grow(): void {
    const calls = this.values();
    this.places = emptyPlaces(this.places.length * 2);
    this.elsewhere.clear();
    for (const call of calls) this.put(call);
  }

  private placeOf(id: MessageId): number {
    // An id beyond 2^53 is nobody's counter: all of them may share a place.
    return typeof id === 'number' ? id & (this.places.length - 1) : 0;
  }
}

const emptyPlaces = <Call>(length: number): (Call | undefined)[] => new Array<Call | undefined>(length).fill(undefined);
