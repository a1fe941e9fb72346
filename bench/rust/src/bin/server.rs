//! Upstream's server with the echo of the workload, on one thread, as it has one core.

use std::future::{Ready, ready};
use std::net::{Ipv4Addr, SocketAddr};

use bench_rust::messages::{Call, Items, MAX_BUFFER, Reply, Request, Response, ServerCodec};
use bench_rust::orders::{Answer, Orders};
use bench_rust::sample::Clock;
use futures::stream::{self, BoxStream, StreamExt};
use protosocket::{SocketListener, TcpSocketListener};
use protosocket_rpc::server::{ConnectionService, RpcKind, SocketRpcServer, SocketService};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let clock = Clock::start();
    let mut orders = Orders::from_stdin();
    while let Some(order) = orders.next().await {
        order.answer(match order.name.as_str() {
            "serve" => order.arg(1).and_then(serve),
            "sample" => Ok(clock.sample()),
            "rest" => Ok(Value::Null),
            _ => order.unknown(),
        });
    }
}

fn serve(port: u16) -> Answer {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let listener = TcpSocketListener::listen(address, 1024, None).map_err(|error| text(&error))?;
    let server = SocketRpcServer::new(listener, EchoService, MAX_BUFFER, 1 << 20, 512);
    tokio::spawn(server.map_err(|error| text(&error))?);
    Ok(Value::Null)
}

struct EchoService;

impl SocketService for EchoService {
    type ConnectionService = EchoConnection;
    type SocketListener = TcpSocketListener;

    fn codec(&mut self) -> ServerCodec {
        ServerCodec::default()
    }

    fn new_stream_service(
        &mut self,
        _stream: &<TcpSocketListener as SocketListener>::Stream,
    ) -> EchoConnection {
        EchoConnection
    }
}

struct EchoConnection;

impl ConnectionService for EchoConnection {
    type Codec = ServerCodec;
    type Request = Request;
    type Response = Response;
    type UnaryFutureType = Ready<Response>;
    type StreamType = BoxStream<'static, Response>;

    fn new_rpc(&mut self, request: Request) -> RpcKind<Self::UnaryFutureType, Self::StreamType> {
        let id = request.request_id;
        match request.call {
            Some(Call::Echo(echo)) => RpcKind::Unary(ready(Response::new(id, Reply::Echo(echo)))),
            Some(Call::Items(Items {
                count,
                item: Some(item),
            })) => {
                let items = (0..count).map(move |index| item.item(index));
                let items = items.map(move |item| Response::new(id, Reply::Items(item)));
                RpcKind::Streaming(stream::iter(items).boxed())
            }
            _ => RpcKind::Cancelled,
        }
    }
}
