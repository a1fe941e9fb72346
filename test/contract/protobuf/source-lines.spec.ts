import { describe, expect, it } from '@jest/globals';

import { SourceLines } from '../../../lib/contract/protobuf/source-lines.js';

const linesOf = (source: string, keepCase = false): SourceLines => {
  const lines = new SourceLines(keepCase);
  expect(lines.addFile('a.proto', source)).toBeUndefined();
  return lines;
};

describe('SourceLines', () => {
  it('knows where what has a name is declared', () => {
    const lines = linesOf(`package p;
message Request {
  uint64 id = 1;
  oneof kind {
    Get get = 3;
    map<string, Get> gets = 4;
  }
  message Get {
    string text = 1;
  }
  enum Code { NONE = 0; }
  extend Other {
    int32 extra = 100;
  }
}
service Service {
  rpc Do(Request) returns (Request) { option (rule) = { get: "/v1/{name}" }; }
  rpc Undo(Request) returns (Request);
}`);
    const line = (name: string): number => Number(/:(\d+)\)$/.exec(lines.of(name))?.[1]);
    expect(line('.p.Request')).toBe(2);
    expect(line('p.Request.id')).toBe(3);
    expect(line('.p.Request.kind')).toBe(4);
    expect(line('.p.Request.get')).toBe(5);
    expect(line('.p.Request.gets')).toBe(6);
    expect(line('.p.Request.Get')).toBe(8);
    expect(line('.p.Request.Get.text')).toBe(9);
    expect(line('.p.Request.Code')).toBe(11);
    expect(line('.p.Request.extra')).toBe(13);
    expect(line('.p.Service')).toBe(16);
    expect(line('.p.Service.Do')).toBe(17);
    expect(line('.p.Service.Undo')).toBe(18);
    expect(lines.of('.p.Request.GET')).toBe('');
  });

  it('knows fields by the names that they get', () => {
    const source = 'message Request {\n  uint64 request_id = 1;\n  oneof the_kind { uint32 a = 2; }\n}';
    const camel = linesOf(source);
    expect(camel.of('.Request.requestId')).toBe(' (a.proto:2)');
    expect(camel.of('.Request.theKind')).toBe(' (a.proto:3)');
    expect(camel.of('.Request.request_id')).toBe('');
    expect(linesOf(source, true).of('.Request.request_id')).toBe(' (a.proto:2)');
  });

  it('knows groups, which are a message and a field', () => {
    const lines = linesOf('message Request {\n  optional group Item = 3 {\n    optional string a = 1;\n  }\n}');
    expect(lines.of('.Request.Item')).toBe(' (a.proto:2)');
    expect(lines.of('.Request.item')).toBe(' (a.proto:2)');
    expect(lines.of('.Request.Item.a')).toBe(' (a.proto:3)');
  });

  it('takes nothing within options for a declaration', () => {
    const lines = linesOf(`message Request {
  option (rule) = { a: 1; };
  string a = 3 [(rule) = { min: 1 }, deprecated = true];
  string b = 4 [(rule) = { min: 1 }, deprecated = true];
  string c = 5 [default = "}"];
  string d = 6 [default = "{"];
}
message Other { string a = 3; }`);
    expect(lines.of('.Request.d')).toBe(' (a.proto:6)');
    expect(lines.of('.Other.a')).toBe(' (a.proto:8)');
  });

  it.each([
    ['string a = 3;\nstring b = 3;', 'Request.b (a.proto:3) has the number 3 of a (a.proto:2)'],
    ['string a = 3;\noneof k { string b = 0x3; }', 'Request.b (a.proto:3) has the number 3 of a (a.proto:2)'],
    ['string a = 3;\noptional group B = 3 { }', 'Request.b (a.proto:3) has the number 3 of a (a.proto:2)'],
    ['string a_b = 3;\nstring aB = 4;', 'Request.aB (a.proto:3) is declared already (a.proto:2)'],
    ['A get = 3;\nmessage get { }', 'Request.get (a.proto:3) is declared already (a.proto:2)'],
    ['reserved 2 to 4;\nstring a = 3;', 'Request.a (a.proto:3) has the number 3, which is reserved'],
    ['reserved "a";\nstring a = 3;', 'Request.a (a.proto:3) has a name that is reserved'],
  ])('says what is wrong with a message: %j', (fields, mistake) => {
    expect(new SourceLines().addFile('a.proto', `message Request {\n${fields}\n}`)).toBe(mistake);
  });

  it.each([
    [
      'message A { extensions 5 to 9; }\nextend A { optional bool a = 5; }\nextend A { optional bool b = 5; }',
      'a (a.proto:2)',
    ],
    ['message A { extensions 5 to 9;\noptional bool a = 5; }\nextend .p.A { optional bool b = 5; }', 'a (a.proto:2)'],
    [
      'message A { extensions 5 to 9; }\nextend p.A { optional bool a = 5; }\nmessage B { extend A { optional bool b = 5; } }',
      'a (a.proto:2)',
    ],
    [
      '\nextend A { optional bool a = 5; }\nextend A { optional bool b = 5; }\nmessage A { extensions 5 to 9; }',
      'a (a.proto:2)',
    ],
  ])('says that an extension has the number of another field: %j', (source, other) => {
    expect(new SourceLines().addFile('a.proto', `package p; ${source}`)).toMatch(
      new RegExp(`b \\(a.proto:3\\) has the number 5 of ${other.replace(/[()]/g, '\\$&')}$`),
    );
  });

  it.each([
    [
      'message M { reserved "old"; extensions 5 to 9; }\nextend M { optional int32 old = 5; }',
      'a name that the message keeps',
    ],
    [
      'message M { extensions 5 to 9; }\nmessage K { extend M { optional int32 x = 5; } extend .p.M { optional int32 y = 5; }\nmessage M { extensions 5 to 9; } }',
      'the number that one of another message has, which is called the same',
    ],
  ])('blames no extension for %j: %s', (source) => {
    const wrong = 'message Wrong { optional int32 a = 1;\noptional int32 b = 1; }';
    expect(new SourceLines().addFile('a.proto', `package p; ${source}\n${wrong}`)).toMatch(/^p\.Wrong\.b /);
  });

  it('says that an extension has the number of one in another file', () => {
    const lines = linesOf('package p;\nmessage A { extensions 5 to 9; }\nextend A { optional bool a = 5; }');
    expect(lines.addFile('b.proto', 'package q;\nextend p.A { optional bool b = 5; }')).toBe(
      'q.b (b.proto:2) has the number 5 of a (a.proto:3)',
    );
  });

  it('says that a message is declared in two files', () => {
    const lines = linesOf('message Request { }');
    expect(lines.addFile('b.proto', '\nmessage Request { }')).toBe(
      'Request (b.proto:2) is declared already (a.proto:1)',
    );
  });
});
