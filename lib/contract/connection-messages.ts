import { ControlCode, type MessageId } from '../wire/index.js';
import type { Message } from './message.js';

/**
 * The id of messages that are about no call, in a contract with `hasConnectionMessages`; and, in the built-in one, of those to
 * which there is no answer. Calls start at 1.
 */
export const CONNECTION_ID: MessageId = 0;

/*
 * No message here is a Normal: a peer that knows nothing of them, such as one in Rust, would take it for a request. A
 * Cancel or an End of an id that is in no use does nothing there, and a client is told of nothing it waits for.
 */

/** A server takes no more calls here: make them over another connection, and close this one when yours are over. */
export const GOING_AWAY: Message = { id: CONNECTION_ID, code: ControlCode.End };

/** Asks for a {@link PONG}. */
export const PING: Message = { id: CONNECTION_ID, code: ControlCode.Cancel, event: true };

export const PONG: Message = { id: CONNECTION_ID, code: ControlCode.Cancel };

/** A server's handler of `route` is idempotent: a call of it whose connection is lost may be made again. */
export function idempotentRoute(route: string): Message {
  return { id: CONNECTION_ID, code: ControlCode.Cancel, route };
}

export function isOfConnection({ code, id }: Message): boolean {
  return id === CONNECTION_ID && code !== ControlCode.Normal;
}
