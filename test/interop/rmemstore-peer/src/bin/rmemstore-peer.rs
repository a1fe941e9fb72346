//! Serves rmemstore's contract as rmemstored does, on the protosocket that rmemstored is built on.
//!
//! Prints `listening <port>` once it does. Everything on the wire but the answers themselves is upstream's.

use std::collections::HashMap;
use std::error::Error;
use std::io::{Write, stdout};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::Empty;
use protosocket_prost::ProstSerializer;
use protosocket_rpc::ProtosocketControlCode;
use protosocket_rpc::server::{ConnectionService, RpcKind, SocketRpcServer, SocketService};
use rmemstore_messages::rpc::Command;
use rmemstore_messages::{Response, Rpc, Value, response, value};
use rmemstore_peer::args::Args;
use tokio::time::timeout;

// One thread, like an rmemstored with one worker: with two, this protosocket may forget to wake up, and keep back what
// is beyond the 128 replies that it queues.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = Args::from_command_line();
    let port = args.value("--port").unwrap_or(0);
    // No server outlives a test run that was killed.
    let lifetime = Duration::from_millis(args.value("--lifetime-ms").unwrap_or(600_000));
    args.finish();

    let address = choose_address(port)?;
    let mut server = SocketRpcServer::new(address, Service::default()).await?;
    server.set_max_buffer_length(MAX_BUFFER_LENGTH);
    // Nobody may be left to read it, which is no reason to panic.
    let mut out = stdout();
    let _ = writeln!(out, "listening {}", address.port()).and_then(|()| out.flush());
    Ok(timeout(lifetime, server).await.unwrap_or(Ok(()))?)
}

/// rmemstored's default.
const MAX_BUFFER_LENGTH: usize = 128 << 20;

/// Upstream's server does not tell which port it got, so the port is chosen before, and free again by the end of this.
fn choose_address(port: u16) -> std::io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))?.local_addr()
}

/// rmemstored's is a bounded cache. Nothing is evicted here.
type Store = Arc<Mutex<HashMap<Vec<u8>, Value>>>;

#[derive(Default)]
struct Service {
    store: Store,
}

impl SocketService for Service {
    type RequestDeserializer = ProstSerializer<Rpc, Response>;
    type ResponseSerializer = ProstSerializer<Rpc, Response>;
    type ConnectionService = Connection;

    fn deserializer(&self) -> Self::RequestDeserializer {
        ProstSerializer::default()
    }

    fn serializer(&self) -> Self::ResponseSerializer {
        ProstSerializer::default()
    }

    fn new_connection_service(&self, _address: SocketAddr) -> Connection {
        Connection {
            store: self.store.clone(),
        }
    }
}

struct Connection {
    store: Store,
}

impl ConnectionService for Connection {
    type Request = Rpc;
    type Response = Response;
    type UnaryFutureType = BoxFuture<'static, Response>;
    type StreamType = Empty<Response>;

    fn new_rpc(&mut self, rpc: Rpc) -> RpcKind<Self::UnaryFutureType, Self::StreamType> {
        let Rpc { id, command, .. } = rpc;
        let store = self.store.clone();
        // The command is run once upstream polls for the answer, as in rmemstored: it may be cancelled before.
        let answer = async move {
            let (code, kind) = match command {
                Some(command) => (ProtosocketControlCode::Normal, run(command, &store)),
                None => (ProtosocketControlCode::Cancel, None),
            };
            let code = code.as_u8().into();
            Response { id, code, kind }
        };
        RpcKind::Unary(answer.boxed())
    }
}

/// The arm of the answer. A miss has none, nor has a put that is not taken.
fn run(command: Command, store: &Store) -> Option<response::Kind> {
    let mut store = store.lock().expect("nothing panics with it");
    match command {
        Command::Put(put) => {
            let value = put.value.filter(is_storable)?;
            store.insert(put.key.into(), value);
            Some(response::Kind::Ok(true))
        }
        Command::Get(get) => store
            .get(get.key.as_ref())
            .cloned()
            .map(response::Kind::Value),
    }
}

/// Whether the value and all that are in it have a kind.
fn is_storable(value: &Value) -> bool {
    match &value.kind {
        None => false,
        Some(value::Kind::Map(map)) => map.map.values().all(is_storable),
        Some(_) => true,
    }
}
