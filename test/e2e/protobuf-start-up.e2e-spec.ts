import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, type Type } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { InvalidContractError } from 'nestjs-protosocket';
import { protobufContract, type ProtobufContractOptions } from 'nestjs-protosocket/protobuf';
import { firstValueFrom } from 'rxjs';

import { captureLog, closeServices, startService } from '../support/app.js';

const rmemstore: ProtobufContractOptions = {
  proto: 'test/interop/proto/rmemstore.proto',
  request: 'rmemstore.Rpc',
  response: 'rmemstore.Response',
};

@Controller()
class GetController {
  @MessagePattern('get')
  get(): unknown {
    return { ok: true };
  }
}

@Controller()
class PutController {
  @MessagePattern('put')
  put(): unknown {
    return { ok: true };
  }
}

@Controller()
class FlushController {
  @MessagePattern('flush')
  flush(): unknown {
    return { ok: true };
  }
}

/** Why an app with such a contract does not listen. */
async function refusalOf(controllers: Type[], options: Partial<ProtobufContractOptions> = {}): Promise<string> {
  const contract = protobufContract({ ...rmemstore, ...options });
  const error: unknown = await startService(controllers, { contract }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(InvalidContractError);
  return (error as Error).message;
}

describe('listen() of an app with a .proto', () => {
  beforeEach(captureLog);
  afterEach(closeServices);

  it('refuses an arm without a handler, and names its line', async () => {
    expect(await refusalOf([GetController])).toMatch(/^Nothing handles "put" \(.*rmemstore\.proto:13\)$/);
  });

  it('refuses a pattern without an arm, and names the line of the request', async () => {
    expect(await refusalOf([GetController, PutController, FlushController])).toMatch(
      /^No request \(.*rmemstore\.proto:8\) is routed to "flush": there is put, get$/,
    );
  });

  it('takes an arm without a handler where `partial` says so, but no pattern without an arm', async () => {
    const contract = protobufContract({ ...rmemstore, partial: true });
    const client = (await startService([GetController], { contract })).client({ contract });
    expect(await firstValueFrom(client.send('get', { key: Buffer.from('k') }))).toEqual({ ok: true });
    expect(await refusalOf([GetController, FlushController], { partial: true })).toMatch(/"flush"/);
  });
});
