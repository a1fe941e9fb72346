import { BaseRpcContext } from '@nestjs/microservices';
import type { Socket } from 'node:net';
import type { PeerCertificate, TLSSocket } from 'node:tls';

import type { Metadata } from '../contract/index.js';
import type { ServerCall } from '../rpc/index.js';
import type { MessageId } from '../wire/index.js';
import { metadataOf } from './metadata.js';
import type { ProtosocketConnection } from './protosocket-connection.js';

type ContextArgs = [
  socket: Socket,
  pattern: string,
  metadata: Metadata | undefined,
  call: ServerCall,
  connection: ProtosocketConnection,
];

/** What a handler can know of its call, as its second argument or through `@Ctx()`. */
export class ProtosocketContext extends BaseRpcContext<ContextArgs> {
  /** The socket of the connection. Do not write to it: the protosocket does. */
  getSocketRef(): Socket {
    return this.args[0];
  }

  /** The pattern, as the server's handlers are keyed by it. */
  getPattern(): string {
    return this.args[1];
  }

  /** The metadata of the request, if it has any. */
  getMetadata(): Metadata | undefined {
    return this.args[2];
  }

  /** The connection that the call came over, the same for all of its calls: keeps the application's `state` of it. */
  get connection(): ProtosocketConnection {
    return this.args[4];
  }

  /** Sends metadata with the first message of the reply. Set it before the handler answers. */
  setReplyMetadata(metadata: Metadata): void {
    this.args[3].replyMetadata = metadataOf(metadata);
  }

  /**
   * Aborted when the caller cancels, when the deadline passes, or when the connection is lost; its `reason` is the error
   * that says which.
   */
  get signal(): AbortSignal {
    return this.args[3].signal;
  }

  /** When the caller stops waiting, if it ever does: by this machine's clock, so it compares to `Date.now()`. */
  get deadline(): Date | undefined {
    const { remaining } = this.args[3];
    return remaining === undefined ? undefined : new Date(Date.now() + remaining);
  }

  /** The id that the caller gave the call: a `number` up to 2^53-1, a `bigint` above it. */
  get messageId(): MessageId {
    return this.args[3].id;
  }

  /** The certificate of the peer, where the connection is TLS and the peer has shown one. */
  get peerCertificate(): PeerCertificate | undefined {
    const socket = this.getSocketRef() as Partial<TLSSocket>;
    const certificate = socket.getPeerCertificate?.();
    // Node answers an empty object where there is none.
    return certificate && Object.keys(certificate).length > 0 ? certificate : undefined;
  }
}
