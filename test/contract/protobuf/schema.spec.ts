import { describe, expect, it } from '@jest/globals';
import { InvalidContractError } from 'nestjs-protosocket';
import { join, relative } from 'node:path';
import protobuf from 'protobufjs';

import { loadSchema, messageNamed, schemaOfRoot } from '../../../lib/contract/protobuf/schema.js';
import { withProtos } from '../../support/proto-folder.js';

/** The types of `main.proto` among `files`, with their fields. */
const load = (files: Record<string, string>, { includeDirs = [] as string[], isRelative = false } = {}): string[] =>
  withProtos(files, (folder) => {
    const at = (path: string): string => (isRelative ? relative('', join(folder, path)) : join(folder, path));
    const { root } = loadSchema([at('main.proto')], { includeDirs: includeDirs.map(at), keepCase: false });
    return root.lookupType('Request').fieldsArray.map(({ name }) => name);
  });

const failure = (files: Record<string, string>): string => {
  try {
    load(files);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidContractError);
    return (error as Error).message;
  }
  throw new Error('It did not fail');
};

const request = (fields: string): string => `syntax = "proto3";\nmessage Request {\n${fields}\n}`;

describe('loadSchema', () => {
  it('loads what is imported, from beside the file and from elsewhere, once', () => {
    const files = {
      'main.proto': `${request('A a = 1; B b = 2;')} import "side.proto"; import "far/a.proto"; import weak "nowhere.proto";`,
      'side.proto': 'syntax = "proto3"; import "far/a.proto"; message B { A a = 1; }',
      'else/far/a.proto': 'syntax = "proto3"; import "far/b.proto"; import "b.proto"; message A { }',
      'else/far/b.proto':
        'syntax = "proto3"; import "google/protobuf/empty.proto"; message C { google.protobuf.Empty e = 1; }',
    };
    for (const isRelative of [false, true]) {
      expect(load(files, { includeDirs: ['else'], isRelative })).toEqual(['a', 'b']);
    }
  });

  it.each([
    'string a = 3 [(rule) = { min: 1 }, deprecated = true];\nstring b = 4 [(rule) = { min: 1 }, deprecated = true];',
    'message Inner { string a = 1 [json_name = "}"]; string b = 2; }\nstring a = 1; string b = 2;',
  ])('takes options with braces for what they are: %s', (fields) => {
    expect(load({ 'main.proto': request(fields) })).toEqual(['a', 'b']);
  });

  it('needs none of the files that protobufjs has itself', () => {
    const main = `syntax = "proto3";
      import "google/protobuf/descriptor.proto";
      import "google/protobuf/timestamp.proto";
      extend google.protobuf.FieldOptions { string rule = 50001; }
      message Request { google.protobuf.Timestamp at = 1 [(rule) = "x"]; google.protobuf.FileDescriptorProto file = 2; }`;
    expect(load({ 'main.proto': main })).toEqual(['at', 'file']);
  });

  describe('says where what it refuses stands:', () => {
    it.each([
      ['an unknown type', 'uint64 id = 1;\nNope get = 3;', /Request\.get \(\S+main\.proto:4\): no such .*'Nope'/],
      ['one in a message within', 'message In {\n Nope get = 3; }', /Request\.In\.get \(\S+main\.proto:4\): no such/],
      ['a number of another field', 'string a = 3;\nstring b = 3;', /Request\.b \(\S+:4\) has .* 3 of a \(\S+:3\)$/],
      ['a number that is reserved', 'reserved 3;\nstring b = 3;', /Request\.b \(\S+:4\) has .* 3, which is reserved$/],
      ['a name that is reserved', 'reserved "b";\nstring b = 3;', /Request\.b \(\S+:4\) has a name that is reserved$/],
      [
        'a name of something else',
        'string a_b = 3;\nstring aB = 4;',
        /Request\.aB \(\S+:4\) is declared already \(\S+:3\)/,
      ],
      ['the number 0', '\nstring a = 0;', /Request\.a \(\S+main\.proto:4\): 0 is no number for a field/],
      ['a number that is too large', '\nstring a = 536870915;', /Request\.a \(\S+:4\): 536870915 is no number/],
      ['a number that protobuf keeps', '\nstring a = 19999;', /Request\.a \(\S+:4\): 19999 is no number/],
      ['no syntax', '\nstring a 3;', /'=' expected \(\S+main\.proto:4\)$/],
      ['an unknown token', '\nstring a = x;', /illegal id 'x' \(\S+main\.proto:4\)$/],
      ['an end too early', 'string a = 3', /illegal .*\(\S+main\.proto:4\)$/],
    ])('%s', (_, fields, text) => {
      expect(failure({ 'main.proto': request(fields) })).toMatch(text);
    });

    it.each([
      [
        'a type of a method',
        'message A { }\nservice S {\n  rpc Do(A) returns (Nope);\n}',
        /S\.Do \(\S+:3\): no such type/,
      ],
      [
        'an extension of what is not there',
        '\nextend Nope { optional uint32 a = 100; }',
        /\ba \(\S+:2\): unresolvable/,
      ],
      [
        'a number of an extension',
        'message A { extensions 1 to max; }\nextend A {\n  optional uint32 a = 19000;\n}',
        /\ba \(\S+:3\): 19000/,
      ],
      ['what has no line', 'enum E {\n A = 1;\n B = 1;\n}', /duplicate id 1 in Enum E \(\S+main\.proto\)$/],
    ])('%s', (_, source, text) => {
      expect(failure({ 'main.proto': source })).toMatch(text);
    });

    it('in a file that is imported', () => {
      const main = 'syntax = "proto3";\nimport "other.proto";';
      expect(failure({ 'main.proto': main, 'other.proto': 'message {' })).toMatch(/\(\S+other\.proto:1\)$/);
      expect(failure({ 'main.proto': main })).toMatch(
        /main\.proto:2 imports other\.proto, which is in none of \/\S+: name its folder in `includeDirs`$/,
      );
      // What extends a message that is imported is found wrong when that is read.
      const extending =
        'syntax = "proto2"; package a; import "other.proto";\nextend b.M { optional int32 x = 5; }\nextend b.M { optional int32 y = 5; }';
      const extended = 'syntax = "proto2"; package b; message M { extensions 5 to 9; }';
      expect(failure({ 'main.proto': extending, 'other.proto': extended })).toMatch(
        /a\.y \(\S+main\.proto:3\) has the number 5 of x \(\S+main\.proto:2\)$/,
      );
      const options = 'google.protobuf.FieldOptions { optional int32';
      expect(
        failure({
          'main.proto': `syntax = "proto2"; import "google/protobuf/descriptor.proto";\nextend ${options} x = 50000; }\nextend ${options} y = 50000; }`,
        }),
      ).toMatch(/y \(\S+main\.proto:3\) has the number 50000 of x \(\S+main\.proto:2\)$/);
      // A text in parts.
      expect(failure({ 'main.proto': 'import "other" ".proto";' })).toMatch(/main\.proto imports other\.proto, which/);
    });
  });
});

describe('schemaOfRoot', () => {
  it.each([
    ['Nope get = 3;', /Request\.get: no such Type or Enum 'Nope'/],
    ['string a = 0;', /Request\.a: 0 is no number/],
  ])('refuses what it could not use: %s', (fields, text) => {
    const { root } = protobuf.parse(request(fields));
    expect(() => schemaOfRoot(root)).toThrow(InvalidContractError);
    expect(() => schemaOfRoot(root)).toThrow(text);
  });
});

describe('messageNamed', () => {
  it('refuses a default that cannot be told from nothing, with its line', () => {
    const files = { 'main.proto': `${request('A a = 1;')}\nmessage A {\n  int32 b = 1 [default = 5]; }` };
    withProtos(files, (folder) => {
      const schema = loadSchema([join(folder, 'main.proto')], { includeDirs: [], keepCase: false });
      expect(() => messageNamed('Request', schema)).toThrow(
        /A\.b \(\S+main\.proto:6\): a field without presence has no default of its own/,
      );
    });
  });

  it('refuses what a .proto could not say: a map in a oneof', () => {
    const fields = { a: { keyType: 'string', type: 'int32', id: 1 }, b: { type: 'int32', id: 2 } };
    const root = protobuf.Root.fromJSON({ nested: { Request: { oneofs: { kind: { oneof: ['a', 'b'] } }, fields } } });
    expect(() => messageNamed('Request', schemaOfRoot(root))).toThrow('Request.a: a member of a oneof is single');
  });

  it('has nothing against what no message of the contract is made of', () => {
    // Of proto2, which older versions of pbjs do not say.
    const Other = { fields: { a: { type: 'int32', id: 1, options: { default: 5 } } } };
    const fields = { a: { type: 'double', id: 1, options: { default: null } } };
    const schema = schemaOfRoot(protobuf.Root.fromJSON({ nested: { Request: { fields }, Other } }));
    expect(messageNamed('Request', schema).name).toBe('Request');
    expect(() => messageNamed('Other', schema)).toThrow('in JSON, a type of proto2 needs `edition: "proto2"`');
  });
});
