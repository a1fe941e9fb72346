import type { Deserializer, IncomingRequest, ReadPacket, Serializer, WritePacket } from '@nestjs/microservices';

import { NotSerializableError, UnreadablePayloadError } from '../errors/index.js';
import type { MessageId } from '../wire/index.js';
import { isThenable } from './is-thenable.js';

/**
 * Nest's custom serializers see whole packets: `{ pattern, data, id }` and `{ response, err, isDisposed, id }`. Here the
 * payload travels beside what the rest of a packet says, so packets are built only where somebody has asked for them:
 * what a serializer makes of one becomes the payload, marked as a packet, and the peer's deserializer gets just that.
 *
 * | client's serializer | server's deserializer | the deserializer gets |
 * |---|---|---|
 * | custom | custom or Nest's own | what the serializer made |
 * | none | custom | the packet that Nest's TCP transport would have sent |
 * | none | none | nothing: the fast path |
 *
 * and the same for replies, the other way about.
 */
interface PacketOptions {
  /** The user's own, if there is one. */
  readonly serializer: Serializer | undefined;
  /** The user's own, or else Nest's, for packets of a peer with a serializer. */
  readonly deserializer: Deserializer;
  /** Whether the deserializer is the user's own. */
  readonly deserializesAll: boolean;
}

/** The server's half. */
export class ServerPackets {
  constructor(private readonly options: PacketOptions) {}

  get serializesReplies(): boolean {
    return this.options.serializer !== undefined;
  }

  /** Whether the deserializer has a say in a request. */
  reads(packet: boolean): boolean {
    return packet || this.options.deserializesAll;
  }

  /** Rejects with an UnreadablePayloadError. */
  async deserializeRequest(request: IncomingRequest, packet: boolean): Promise<ReadPacket> {
    const options = { channel: request.pattern as string };
    const read = await deserialized<ReadPacket>(this.options.deserializer, packet ? request.data : request, options);
    return { ...read, pattern: (read.pattern ?? request.pattern) as unknown };
  }

  /** @throws NotSerializableError */
  serializeReply(id: MessageId, packet: WritePacket): unknown {
    return serialized(this.options.serializer!, { ...packet, id: String(id) });
  }
}

/** The client's half. */
export class ClientPackets {
  private lastId = 0;

  constructor(private readonly options: PacketOptions) {}

  get serializesRequests(): boolean {
    return this.options.serializer !== undefined;
  }

  /** Whether the deserializer has a say in a reply. */
  reads(packet: boolean): boolean {
    return packet || this.options.deserializesAll;
  }

  /**
   * @param event As in Nest's TCP transport, the packet of an event has no id.
   * @throws NotSerializableError
   */
  serializeRequest(packet: ReadPacket, event: boolean): unknown {
    // The id on the wire is chosen later, when there is a connection to choose it for.
    return serialized(this.options.serializer!, event ? packet : { ...packet, id: String(++this.lastId) });
  }

  /** Rejects with an UnreadablePayloadError. */
  deserializeReply(body: unknown, packet: boolean): Promise<WritePacket> {
    return deserialized(this.options.deserializer, packet ? body : { response: body });
  }
}

/** @throws NotSerializableError */
function serialized(serializer: Serializer, packet: unknown): unknown {
  let made: unknown;
  try {
    made = serializer.serialize(packet);
  } catch (error) {
    throw new NotSerializableError('The serializer failed', error);
  }
  if (!isThenable(made)) return made;
  // It is waited for by nobody, and may fail yet.
  Promise.resolve(made).catch(() => undefined);
  throw new NotSerializableError('The serializer answered with a Promise, and has to be synchronous');
}

/** Rejects with an UnreadablePayloadError. */
async function deserialized<Packet extends object>(
  deserializer: Deserializer,
  value: unknown,
  options?: Record<string, unknown>,
): Promise<Packet> {
  let read: unknown;
  try {
    read = await deserializer.deserialize(value, options);
  } catch (error) {
    throw new UnreadablePayloadError('The deserializer failed', error);
  }
  if (typeof read === 'object' && read !== null) return read as Packet;
  throw new UnreadablePayloadError('The deserializer answered with no packet');
}
