import { describe, expect, it } from '@jest/globals';
import { InvalidOptionError } from 'nestjs-protosocket';

import { defaultConnectionLimits } from '../../lib/connection/index.js';
import { resolveClientOptions, resolveServerOptions } from '../../lib/nest/resolve-options.js';
import { defaultCallLimits, type ReplyOrder } from '../../lib/rpc/index.js';
import { defaultListenerLimits } from '../../lib/session/index.js';

const ofServer = { ...defaultConnectionLimits, ...defaultCallLimits, ...defaultListenerLimits };

describe('options', () => {
  it('have the defaults of each layer', () => {
    expect(resolveServerOptions({}).limits).toEqual(ofServer);
    expect(resolveClientOptions({}).limits).toEqual(defaultConnectionLimits);
  });

  it.each(Object.keys(ofServer))('take %s as a number or as text, and nothing that is no number from 0 up', (name) => {
    for (const value of [7, '7']) expect(resolveServerOptions({ [name]: value }).limits).toMatchObject({ [name]: 7 });
    for (const value of [-1, Number.NaN, '', 'many', {}]) {
      expect(() => resolveServerOptions({ [name]: value })).toThrow(InvalidOptionError);
    }
  });

  it.each(Object.keys(ofServer).filter((name) => name !== 'maxBufferSize'))('switch %s off with 0', (name) => {
    expect(resolveServerOptions({ [name]: 0 }).limits).toMatchObject({ [name]: 0 });
  });

  it.each(['waitForReady', 'acknowledgeEvents'])('take no text for %s: every one would be true', (name) => {
    for (const value of [true, false]) expect(resolveClientOptions({ [name]: value })).toMatchObject({ [name]: value });
    expect(() => resolveClientOptions({ [name]: 'false' })).toThrow(InvalidOptionError);
    expect(() => resolveServerOptions({ reusePort: 'false' as never })).toThrow(InvalidOptionError);
  });

  it.each(['tlsOptions', 'serializer', 'deserializer'])('take null and false for no %s, as Nest does', (name) => {
    const value = {};
    for (const resolve of [resolveServerOptions, resolveClientOptions]) {
      for (const nothing of [undefined, null, false]) {
        expect(resolve({ [name]: nothing })).toMatchObject({ [name]: undefined });
      }
      expect(resolve({ [name]: value })).toHaveProperty(name, value);
    }
  });

  it('take null and false for no path', () => {
    for (const path of [undefined, null, false]) {
      expect(resolveServerOptions({ path: path as undefined, port: 7 }).address).toEqual({
        host: 'localhost',
        port: 7,
      });
    }
    expect(resolveServerOptions({ path: 'a.sock', port: 7 }).address).toEqual({ path: 'a.sock' });
  });

  it('take no replyOrder that there is not, nor for each key', () => {
    const key = (): string => 'a';
    for (const replyOrder of [
      'concurrent',
      'ordered',
      'serial',
      { key },
      { key, each: 'ordered' },
      { key, each: 'serial' },
    ]) {
      expect(resolveServerOptions({ replyOrder: replyOrder as ReplyOrder })).toMatchObject({ replyOrder });
    }
    const wrong = [
      'Serial',
      5,
      null,
      {},
      { key: 'a' },
      ...['Serial', 'concurrent', 5, null].map((each) => ({ key, each })),
    ];
    for (const replyOrder of wrong) {
      expect(() => resolveServerOptions({ replyOrder: replyOrder as ReplyOrder })).toThrow(InvalidOptionError);
    }
  });

  it('let no maxBufferSize be 0', () => {
    expect(() => resolveServerOptions({ maxBufferSize: 0 })).toThrow(InvalidOptionError);
    expect(() => resolveClientOptions({ maxBufferSize: 0 })).toThrow(InvalidOptionError);
  });
});
