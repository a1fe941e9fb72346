import { type ClientGrpcProxy, ClientProxyFactory, type GrpcOptions, Transport } from '@nestjs/microservices';
import { from, type Observable } from 'rxjs';

import { ECHO_PROTO } from '../workload/echo-proto.js';
import { type Echo, type Items, itemsOf } from '../workload/echo.js';
import { GrpcMethods } from '../workload/echo-controllers.js';
import { type Contender, HOST } from './contender.js';
import { serveNest } from './nest-server.js';

interface EchoService {
  echo(message: Echo): Observable<Echo>;
  items(request: Items): Observable<Echo>;
  collect(items: Observable<Echo>): Observable<Echo>;
  hold(message: Echo): Observable<Echo>;
}

const options = (port: number): GrpcOptions => ({
  transport: Transport.GRPC,
  options: {
    url: `${HOST}:${port}`,
    package: 'bench',
    protoPath: ECHO_PROTO,
    loader: { longs: Number, defaults: true },
  },
});

export const grpc: Contender = {
  serve: (port) => serveNest(GrpcMethods, options(port)),
  connect(port) {
    // The factory's type does not tell that gRPC's proxy is another.
    const client = ClientProxyFactory.create(options(port)) as unknown as ClientGrpcProxy;
    const service = client.getService<EchoService>('EchoService');
    return Promise.resolve({
      echo: (message, observer) => void service.echo(message).subscribe(observer),
      items: (request, observer) => void service.items(request).subscribe(observer),
      collect: (request, observer) => void service.collect(from(itemsOf(request))).subscribe(observer),
      hold: (message, observer) => void service.hold(message).subscribe(observer),
    });
  },
};
