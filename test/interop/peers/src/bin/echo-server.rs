//! Serves the echo contract with upstream's own server, as upstream's examples do.
//!
//! Prints `listening <port>` once it does, and `dropped <id>` for every handler that is dropped before it has answered
//! in full: cancelled, or its connection lost.
//!
//! A unary call is answered with its message, a streaming call with one item for each byte of it. Some messages ask for
//! something else:
//!
//! | message             | what the server does                                                    |
//! |---------------------|-------------------------------------------------------------------------|
//! | no body at all      | rejects the rpc, as upstream does                                       |
//! | `reject`            | rejects the rpc                                                         |
//! | `close`             | closes the connection                                                   |
//! | `never`             | never answers                                                           |
//! | `delay:MS`          | echoes, MS milliseconds later                                           |
//! | `size:N`            | echoes N times `x` in place of the message                              |
//! | `stream:N`          | streams N items `0`, `1`, ..., whatever the call's kind                 |
//! | `stream:N:SIZE`     | the same, each item padded with `x` to SIZE bytes                       |
//! | `endless`           | streams `0`, `1`, ... for ever, yielding to others after each           |

use std::error::Error;
use std::future::pending;
use std::io::{Write, stdout};
use std::marker::PhantomData;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::{self, BoxStream};
use futures::{FutureExt, Stream, StreamExt};
use interop_peers::args::Args;
use interop_peers::codec::{Codec, Format, MessagePack, NamedMessagePack, Protobuf};
use interop_peers::echo::{EchoRequest, EchoResponse, EchoStream, Kind, item_text};
use interop_peers::echo::{Request, Response, ResponseBehavior};
use protosocket::{SocketListener, TcpSocketListener, TlsSocketListener};
use protosocket_rpc::server::{ConnectionService, RpcKind, SocketRpcServer, SocketService};
use tokio::time::{sleep, timeout};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, version::TLS13};

type Fallible<T> = Result<T, Box<dyn Error>>;

#[tokio::main(worker_threads = 2)]
async fn main() -> Fallible<()> {
    let mut args = Args::from_command_line();
    let format = args.value("--format").unwrap_or(Format::Protobuf);
    let format = format.named(args.flag("--named"));
    let tls = args.values("--tls");
    let port = args.value("--port").unwrap_or(0);
    // No server outlives a test run that was killed.
    let lifetime = Duration::from_millis(args.value("--lifetime-ms").unwrap_or(600_000));
    args.finish();

    let (listener, port) = listen(port)?;
    let serving = match tls {
        None => serve_format(format, listener),
        Some([certificate, key]) => {
            let config = tls_config(&certificate, &key)?;
            serve_format(format, TlsSocketListener::wrap(listener, config))
        }
    };
    say(format_args!("listening {port}"));
    timeout(lifetime, serving).await.unwrap_or(Ok(()))
}

/// Upstream's listener does not tell which port it got, so the port is chosen before: a socket that is bound, but does
/// not listen, keeps it meanwhile.
fn listen(port: u16) -> Fallible<(TcpSocketListener, u16)> {
    let chosen = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None)?;
    chosen.set_reuse_address(true)?;
    chosen.set_reuse_port(true)?;
    chosen.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into())?;
    let address = chosen.local_addr()?.as_socket().expect("an IP address");
    let listener = TcpSocketListener::listen(address, 1024, None)?;
    Ok((listener, address.port()))
}

fn tls_config(certificate: &str, key: &str) -> Fallible<ServerConfig> {
    let chain: Result<_, _> = CertificateDer::pem_file_iter(certificate)?.collect();
    Ok(ServerConfig::builder_with_protocol_versions(&[&TLS13])
        .with_no_client_auth()
        .with_single_cert(chain?, PrivateKeyDer::from_pem_file(key)?)?)
}

fn serve_format<L>(format: Format, listener: L) -> BoxFuture<'static, Fallible<()>>
where
    L: SocketListener<Stream: Send> + Send + 'static,
{
    match format {
        Format::Protobuf => serve::<Protobuf<_, _>, L>(listener).boxed(),
        Format::MessagePack => serve::<MessagePack<_, _>, L>(listener).boxed(),
        Format::NamedMessagePack => serve::<NamedMessagePack<_, _>, L>(listener).boxed(),
    }
}

async fn serve<C, L>(listener: L) -> Fallible<()>
where
    C: Codec<Response, Request>,
    L: SocketListener<Stream: Send> + 'static,
{
    let service = EchoService::<C, L>(PhantomData);
    let mut server = SocketRpcServer::new(listener, service, 4 << 20, 1 << 20, 128)?;
    server.set_max_queued_outbound_messages(512);
    Ok(server.await?)
}

struct EchoService<C, L>(PhantomData<fn() -> (C, L)>);

impl<C, L> SocketService for EchoService<C, L>
where
    C: Codec<Response, Request>,
    L: SocketListener + 'static,
{
    type ConnectionService = EchoConnection<C>;
    type SocketListener = L;

    fn codec(&mut self) -> C {
        C::default()
    }

    fn new_stream_service(&mut self, _stream: &L::Stream) -> EchoConnection<C> {
        EchoConnection {
            closing: false,
            codec: PhantomData,
        }
    }
}

struct EchoConnection<C> {
    closing: bool,
    codec: PhantomData<fn() -> C>,
}

impl<C: Codec<Response, Request>> ConnectionService for EchoConnection<C> {
    type Codec = C;
    type Request = Request;
    type Response = Response;
    type UnaryFutureType = BoxFuture<'static, Response>;
    type StreamType = BoxStream<'static, Response>;

    fn new_rpc(&mut self, request: Request) -> RpcKind<Self::UnaryFutureType, Self::StreamType> {
        let id = request.request_id;
        let behavior = request.response_behavior();
        let Some(mut body) = request.body else {
            return RpcKind::Cancelled;
        };
        let mut delay = Some(Duration::ZERO);
        let (word, numbers) = wish(&body.message);
        match (word, numbers.as_slice()) {
            ("reject", []) => return RpcKind::Cancelled,
            ("close", []) => {
                self.closing = true;
                return RpcKind::Cancelled;
            }
            ("endless", []) => {
                let items = numbered(id, body.nanotime, u64::MAX, 0);
                let items = items.then(async |item| {
                    tokio::task::yield_now().await;
                    item
                });
                return RpcKind::Streaming(watched(id, items));
            }
            ("stream", [count, size @ ..]) => {
                let size = size.first().map_or(0, |size| *size as usize);
                let items = numbered(id, body.nanotime, *count, size);
                return RpcKind::Streaming(watched(id, items));
            }
            ("never", []) => delay = None,
            ("delay", [milliseconds]) => delay = Some(Duration::from_millis(*milliseconds)),
            ("size", [size]) => body.message = "x".repeat(*size as usize),
            _ => {}
        }
        match behavior {
            ResponseBehavior::Unary => RpcKind::Unary(echo(id, body, delay)),
            ResponseBehavior::Stream => RpcKind::Streaming(echo_bytes(id, body, delay)),
        }
    }

    fn poll(self: Pin<&mut Self>, _context: &mut Context<'_>) -> ControlFlow<()> {
        match self.closing {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }
}

/// Takes a message such as `stream:3:64` apart. The rest are plain, and have no numbers.
fn wish(message: &str) -> (&str, Vec<u64>) {
    let mut parts = message.split(':');
    let word = parts.next().unwrap_or_default();
    match parts.map(str::parse).collect() {
        Ok(numbers) => (word, numbers),
        Err(_) => (message, Vec::new()),
    }
}

/// Waits for ever where there is no delay to wait for.
async fn wait(delay: Option<Duration>) {
    match delay {
        None => pending().await,
        Some(Duration::ZERO) => {}
        Some(delay) => sleep(delay).await,
    }
}

fn echo(id: u64, body: EchoRequest, delay: Option<Duration>) -> BoxFuture<'static, Response> {
    let handler = Handler(id);
    async move {
        wait(delay).await;
        handler.answered();
        let EchoRequest { message, nanotime } = body;
        Response::new(id, Kind::Echo(EchoResponse { message, nanotime }))
    }
    .boxed()
}

fn echo_bytes(id: u64, body: EchoRequest, delay: Option<Duration>) -> BoxStream<'static, Response> {
    let bytes = body.message.into_bytes();
    let items = (0..).zip(bytes).map(move |(sequence, byte)| {
        let message = char::from(byte).to_string();
        item(id, message, body.nanotime, sequence)
    });
    let items = wait(delay).map(|()| stream::iter(items)).flatten_stream();
    watched(id, items)
}

fn numbered(id: u64, nanotime: u64, count: u64, size: usize) -> impl Stream<Item = Response> {
    stream::iter(0..count)
        .map(move |sequence| item(id, item_text(sequence, size), nanotime, sequence))
}

fn item(id: u64, message: String, nanotime: u64, sequence: u64) -> Response {
    let item = EchoStream {
        message,
        nanotime,
        sequence,
    };
    Response::new(id, Kind::Stream(item))
}

/// Tells when the stream is dropped before its end.
fn watched<S>(id: u64, items: S) -> BoxStream<'static, Response>
where
    S: Stream<Item = Response> + Send + 'static,
{
    let mut handler = Some(Handler(id));
    let end = stream::poll_fn(move |_| {
        if let Some(handler) = handler.take() {
            handler.answered();
        }
        Poll::Ready(None)
    });
    items.chain(end).boxed()
}

/// A handler at work on the rpc with this id.
struct Handler(u64);

impl Handler {
    fn answered(self) {
        std::mem::forget(self);
    }
}

impl Drop for Handler {
    fn drop(&mut self) {
        say(format_args!("dropped {}", self.0));
    }
}

/// Nobody may be left to read it, which is no reason to panic.
fn say(line: std::fmt::Arguments<'_>) {
    let mut out = stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
