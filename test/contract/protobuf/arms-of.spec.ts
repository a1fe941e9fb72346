import { describe, expect, it } from '@jest/globals';
import { InvalidContractError } from 'nestjs-protosocket';
import type { StaticClass } from 'nestjs-protosocket/protobuf';
import protobuf from 'protobufjs';

import type { Arms } from '../../../lib/contract/envelope/arms.js';
import { assertEnvelopes, requestArms, responseArms } from '../../../lib/contract/protobuf/arms-of.js';
import type { MessageShape } from '../../../lib/contract/protobuf/message-shape.js';
import { ReflectedShape } from '../../../lib/contract/protobuf/reflected-shape.js';
import { SourceLines } from '../../../lib/contract/protobuf/source-lines.js';
import { StaticShape } from '../../../lib/contract/protobuf/static-shape.js';

type Shapes = (name: string) => MessageShape;

// Made by `pbjs -t static-module -w es6 --dependency protobufjs/minimal.js` of routed.proto, without what is not needed.
const module = './fixtures/routed-static.js';
const { routed } = (await import(module)) as { routed: Record<string, StaticClass> };
const ofClass: Shapes = (name) => new StaticShape(routed[name]!);

const root = protobuf.loadSync('test/contract/protobuf/fixtures/routed.proto').resolveAll();
const ofProto: Shapes = (name) => new ReflectedShape(root.lookupType(name), new SourceLines());

interface Given {
  readonly named?: string;
  readonly envelopes?: readonly string[];
}

describe.each([
  ['a .proto', ofProto],
  ['a static module', ofClass],
])('of messages from %s', (_, shapeOf) => {
  const options = ({ envelopes, named }: Given): Parameters<typeof requestArms>[1] => ({
    callFields: ['id', 'code'],
    named,
    envelopes,
  });
  const requests = (name: string, given: Given = {}): Arms => requestArms(shapeOf(name), options(given));
  const replies = (name: string, given: Given = {}, to = requests('Request', { envelopes: given.envelopes })): Arms =>
    responseArms(shapeOf(name), to, options(given));

  describe('requestArms', () => {
    it('are those of the only oneof, and nothing that is beside it', () => {
      expect(requests('Request').names).toEqual(['unary.get', 'unary.put', 'watch', 'ping']);
    });

    it('are paths where their own arms count', () => {
      expect(requests('Request', { envelopes: [] }).names).toEqual(['unary', 'watch', 'ping']);
      expect(requests('Request', { envelopes: ['unary', 'watch'] }).names).toEqual([
        'unary.get',
        'unary.put',
        'watch.key',
        'ping',
      ]);
    });

    it('are those of the oneof that was named', () => {
      expect(requests('Response', { named: 'origin' }).names).toEqual(['cached', 'stored']);
      expect(() => requests('Response')).toThrow(InvalidContractError);
      expect(() => requests('Response')).toThrow('say with `route` which it is: origin, kind');
      expect(() => requests('Response', { named: 'id' })).toThrow('Response.id cannot be the route');
    });

    it('are the fields that are messages, where there is no oneof', () => {
      expect(requests('Plain').names).toEqual(['get']);
    });

    it('are the one message, where there is nothing to choose from', () => {
      expect(requests('Get').names).toEqual(['Get']);
    });
  });

  describe('responseArms', () => {
    it('are those of the oneof that was named', () => {
      expect(replies('Response', { named: 'kind' }, requests('Plain')).names).toEqual(['unary', 'watch', 'ping']);
      expect(() => replies('Response')).toThrow(InvalidContractError);
      expect(() => replies('Response')).toThrow('say with `arms` which it is: origin, kind');
      expect(() => replies('Response', { named: 'code' })).toThrow('it has origin, kind');
    });

    it('are paths where those of the request are, and where that was said', () => {
      expect(replies('Response', { named: 'kind' }).names).toEqual(['unary.one', 'unary.other', 'watch', 'ping']);
      expect(replies('Response', { named: 'kind', envelopes: ['watch'] }).names).toEqual([
        'unary',
        'watch.one',
        'watch.other',
        'ping',
      ]);
    });

    it('are none, where there is nothing to choose from', () => {
      expect(replies('Get').names).toEqual([]);
    });
  });

  it('envelopes have to be arms with arms of their own', () => {
    const assert = (...envelopes: string[]): void => {
      const given = { envelopes };
      assertEnvelopes(envelopes, requests('Request', given), replies('Response', { ...given, named: 'kind' }));
    };
    expect(() => assert('unary', 'watch')).not.toThrow();
    expect(() => assert('unary', 'nope')).toThrow(InvalidContractError);
    expect(() => assert('unary', 'nope')).toThrow('`envelopes` names "nope"');
    expect(() => assert('ping')).toThrow('"ping"');
    expect(() => assert('unary.get', 'meta')).toThrow('"unary.get"');
  });
});

it('requestArms of what nests itself has an end', () => {
  const nested = protobuf
    .parse(
      `
    syntax = "proto3";
    message Request { uint64 id = 1; oneof kind { Node node = 2; } }
    message Node { oneof kind { Node left = 1; Leaf leaf = 2; } }
    message Leaf {}`,
    )
    .root.resolveAll();
  const shape = new ReflectedShape(nested.lookupType('Request'), new SourceLines());
  const { names } = requestArms(shape, { callFields: ['id'], named: undefined, envelopes: undefined });
  expect(names).toEqual(['node.left', 'node.leaf']);
});
