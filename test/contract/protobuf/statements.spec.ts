import { describe, expect, it } from '@jest/globals';

import { type Statement, statementsOf } from '../../../lib/contract/protobuf/statements.js';

const statements = (source: string): string[] =>
  [...statementsOf(source)].map(({ end, line, tokens }: Statement) => `${line}: ${tokens.join(' ')}${end}`);

describe('statementsOf', () => {
  it('are what ends with a semicolon, or opens or closes a scope', () => {
    expect(statements('message A {\n  string\n    text = 1;\n  enum B { C = 0; }\n}')).toEqual([
      '1: message A{',
      '2: string text = 1;',
      '4: enum B{',
      '4: C = 0;',
      '4: }',
      '5: }',
    ]);
  });

  it.each([
    'string a = 1 [(rule) = { min: 1; max: [1, { of: 2 }] }, deprecated = true];',
    'string a = 1 [default = "}]"];',
    "string a = 1 [default = '{[\\''];",
  ])('come without their options: %s', (source) => {
    expect(statements(source)).toEqual(['1: string a = 1;']);
  });

  it('end with an option that has braces', () => {
    const option = 'option (rule) = { a: 1; b { c: "}" } d: [{ e: 2; }] }';
    const [first, ...rest] = statements(`${option};\nmessage A {}`);
    expect(first).toBe('1: option ( rule ) =;');
    expect(rest).toEqual(['1: ;', '2: message A{', '2: }']);
  });

  it('have texts in double quotes', () => {
    expect(statements(`reserved 'a', "";`)).toEqual(['1: reserved "a" , "";']);
  });

  it('are none of comments', () => {
    expect(statements('// a = 1;\n/* b = 2; { */ c = 3;')).toEqual(['2: c = 3;']);
  });
});
