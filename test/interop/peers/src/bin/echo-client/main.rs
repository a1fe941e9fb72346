//! Calls an echo server with upstream's own client: a load of calls with every reply checked, or one probe, which tells
//! what became of its calls. Everything is told as lines of JSON on stdout, and comes to an end by itself.

mod load;
mod probe;

use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use interop_peers::args::{Args, fail};
use interop_peers::codec::{Codec, Format, MessagePack, NamedMessagePack, Protobuf};
use interop_peers::echo::{Request, Response};
use protosocket_rpc::client::{
    Configuration, RpcClient, StreamConnector, TcpStreamConnector, UnverifiedTlsStreamConnector,
    WebpkiTlsStreamConnector, connect,
};
use tokio::runtime::Builder;
use tokio::time::{Instant, sleep, timeout_at};

type Client = RpcClient<Request, Response>;

fn main() -> ExitCode {
    let mut args = Args::from_command_line();
    let Some(address) = args.value("--address") else {
        fail("--address IP:PORT is missing");
    };
    let format = args.value("--format").unwrap_or(Format::Protobuf);
    let format = format.named(args.flag("--named"));
    let trust = match (args.flag("--tls"), args.flag("--public-roots")) {
        (false, false) => Trust::Plaintext,
        (true, false) => Trust::Anybody,
        (_, true) => Trust::PublicRoots,
    };
    let first_id = args.value("--first-id").unwrap_or(1);
    let patience = Duration::from_millis(args.value("--timeout-ms").unwrap_or(30_000));
    let linger = Duration::from_millis(args.value("--linger-ms").unwrap_or(100));
    let task = match args.value("--probe") {
        Some(kind) => Task::Probe(probe::Probe::new(kind, first_id, &mut args)),
        None => Task::Load(load::Load::new(first_id, &mut args)),
    };
    args.finish();

    // A probe has one thread for its calls and the connection: what it does at once is queued before any of it is sent.
    let mut threads = match task {
        Task::Probe(_) => Builder::new_current_thread(),
        Task::Load(_) => Builder::new_multi_thread(),
    };
    let runtime = threads.worker_threads(2).enable_all().build();
    runtime.expect("threads").block_on(async {
        let deadline = Instant::now() + patience;
        let client = match timeout_at(deadline, open(address, format, trust)).await {
            Ok(Ok(client)) => client,
            Ok(Err(error)) => return not_connected(&error),
            Err(_) => return not_connected(&"timeout"),
        };
        let code = match task {
            Task::Probe(probe) => probe.run(&client, deadline).await,
            Task::Load(load) => load.run(&client, deadline).await,
        };
        // Upstream's connection closes with its last client, and what it has not written by then is lost.
        sleep(linger).await;
        code
    })
}

/// Whose certificates the client takes.
enum Trust {
    Plaintext,
    Anybody,
    PublicRoots,
}

enum Task {
    Probe(probe::Probe),
    Load(load::Load),
}

fn not_connected(error: &dyn std::fmt::Display) -> ExitCode {
    println!(
        "{}",
        serde_json::json!({ "outcome": "not connected", "error": error.to_string() })
    );
    ExitCode::FAILURE
}

async fn open(
    address: SocketAddr,
    format: Format,
    trust: Trust,
) -> protosocket_rpc::Result<Client> {
    let name = "localhost".try_into().map_err(io::Error::other)?;
    match trust {
        Trust::Plaintext => open_over(address, format, TcpStreamConnector).await,
        Trust::Anybody => open_over(address, format, UnverifiedTlsStreamConnector::new(name)).await,
        Trust::PublicRoots => open_over(address, format, WebpkiTlsStreamConnector::new(name)).await,
    }
}

async fn open_over<S: StreamConnector>(
    address: SocketAddr,
    format: Format,
    connector: S,
) -> protosocket_rpc::Result<Client> {
    match format {
        Format::Protobuf => open_as::<Protobuf<_, _>, S>(address, connector).await,
        Format::MessagePack => open_as::<MessagePack<_, _>, S>(address, connector).await,
        Format::NamedMessagePack => open_as::<NamedMessagePack<_, _>, S>(address, connector).await,
    }
}

async fn open_as<C, S>(address: SocketAddr, connector: S) -> protosocket_rpc::Result<Client>
where
    C: Codec<Request, Response>,
    S: StreamConnector,
{
    let (client, connection) = connect::<C, S>(address, &Configuration::new(connector)).await?;
    tokio::spawn(connection);
    Ok(client)
}
