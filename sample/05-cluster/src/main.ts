import 'reflect-metadata';

import { ClientProtosocket } from 'nestjs-protosocket';

import { HOST, PORT, REUSE_PORT } from './addresses.js';
import { demonstrate } from './demonstration.js';
import { measureScaling } from './scaling.js';
import { Workers } from './workers.js';

const print = (line: string): void => console.log(`  ${line}`);

const workers = new Workers();
const client = new ClientProtosocket({ host: HOST, port: PORT, connections: 4 });
try {
  print(REUSE_PORT ? 'the kernel shares out the connections' : 'the cluster shares out the connections');
  if (process.argv[2] === 'scaling') await measureScaling(client, workers, print);
  else await demonstrate(client, workers, print);
} finally {
  await client.close();
  await workers.scaleTo(0);
}
