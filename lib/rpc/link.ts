import type { Message } from '../contract/index.js';

/** What calls need of the connection that carries them: so little that a test can stand in for the network. */
export interface Link {
  /**
   * Sends a message and answers its length in bytes.
   *
   * @throws NotSerializableError, MessageTooLargeError, ResourceExhaustedError: nothing was sent. A Cancel or an End is
   *   always sent: it makes no work, and spares some.
   */
  send(message: Message): number;

  /** Puts a message into bytes, to be sent later. Throws as {@link send} does. */
  encode(message: Message): Buffer;

  /** Sends what {@link encode} made. */
  sendEncoded(frames: Buffer): number;

  /** How often what had gathered was handed to the network: what was sent since the last time never left. */
  readonly flushes: number;

  /** Whether the peer keeps up with what is sent. `roomAgain()` says when it does again. */
  readonly hasRoom: boolean;

  /** Cuts the connection. */
  destroy(cause: Error): void;
}
