import type { Message } from '../../lib/contract/index.js';
import { Requester } from '../../lib/rpc/index.js';
import { ControlCode } from '../../lib/wire/index.js';
import { FakeClock } from './fake-clock.js';
import { FakeLink } from './fake-link.js';
import { RecordedReply } from './recorded-reply.js';

/** A requester alone, whose peer is the test; `receive` brings a message for the first of its calls. */
export function loneRequester(): {
  link: FakeLink;
  requester: Requester;
  reply: RecordedReply;
  receive: (message: Partial<Message>) => void;
} {
  const link = new FakeLink();
  const requester = new Requester(link, 1_000, new FakeClock());
  const receive = (message: Partial<Message>): void =>
    requester.receive({ id: 1, code: ControlCode.Normal, ...message });
  return { link, requester, reply: new RecordedReply(), receive };
}
