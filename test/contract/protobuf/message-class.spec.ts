import { describe, expect, it } from '@jest/globals';
import protobuf from 'protobufjs';

import { memberSlot, decodedClass } from '../../../lib/contract/protobuf/message-class.js';
import { inherited } from '../../support/protobuf.js';

function typeOf(body: string): protobuf.Type {
  const { root } = protobuf.parse(`syntax = "proto3"; message Message { ${body} }`);
  return root.lookupType('Message');
}

describe('decodedClass', () => {
  const type = typeOf(
    'oneof kind { string text = 1; bool flag = 2; } optional uint32 maybe = 3; map<string, bool> flags = 4;',
  );
  const [kind] = type.oneofsArray;
  const Message = decodedClass(type);

  it('keeps the member of a oneof that was read last, and no other', () => {
    const message = new Message();
    message.text = 'a';
    message.kind = 'text';
    expect([message[memberSlot(kind!)], message.text]).toEqual(['text', 'a']);
    message.flag = true;
    message.kind = 'flag';
    expect([message[memberSlot(kind!)], message.text, message.flag]).toEqual(['flag', undefined, true]);
  });

  it('takes no note of a oneof with a single member', () => {
    const message = new Message();
    message.maybe = 5;
    message._maybe = 'maybe';
    expect(Object.keys(message)).not.toContain(memberSlot(type.oneofsArray[1]!));
    expect(message.maybe).toBe(5);
  });

  it('begins with what the decoders of protobufjs expect where nothing was read', () => {
    expect(new Message().flags).toBe(protobuf.util.emptyObject);
    expect(new Message().text).toBe(undefined);
  });

  it('has nothing that it does not get', () => {
    const message = new (decodedClass(inherited))();
    for (const { name } of inherited.fieldsArray)
      expect([undefined, protobuf.util.emptyObject]).toContain(message[name]);
  });

  it('looks at the member that a message has, and not for all that it might have, when another one is read', () => {
    const names = Array.from({ length: 1_000 }, (_, index) => `arm${index}`);
    const Large = decodedClass(
      typeOf(`oneof arm { ${names.map((name, index) => `bool ${name} = ${index + 1};`).join(' ')} }`),
    );
    let touched = 0;
    const counted = new Proxy(new Large(), {
      get: (target, name, receiver): unknown => (touched++, Reflect.get(target, name, receiver)),
      set: (target, name, value, receiver) => (touched++, Reflect.set(target, name, value, receiver)),
      deleteProperty: (target, name) => (touched++, Reflect.deleteProperty(target, name)),
    });
    counted.arm900 = true;
    counted.arm = 'arm900';
    counted.arm9 = true;
    counted.arm = 'arm9';
    expect([counted.arm900, counted.arm9]).toEqual([undefined, true]);
    expect(touched).toBeLessThan(20);
  });
});
