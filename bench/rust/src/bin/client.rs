//! Upstream's client under the closed loop and the streams of the workload, on one thread, as it has one core.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use bench_rust::messages::{Call, ClientCodec, Echo, Items, MAX_BUFFER, Reply, Request, Response};
use bench_rust::orders::{Answer, Order, Orders};
use bench_rust::sample::Clock;
use futures::StreamExt;
use protosocket_rpc::Error;
use protosocket_rpc::client::{Configuration, RpcClient, TcpStreamConnector, connect};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::JoinSet;

type Client = RpcClient<Request, Response>;

/// As in `src/workload/streams.ts`.
const ITEMS_PER_STREAM: u32 = 1_000;

#[derive(Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
enum Work {
    Closed { in_flight: usize, payload: usize },
    Streams { count: usize, payload: usize },
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let clock = Clock::start();
    let mut orders = Orders::from_stdin();
    let mut client = None;
    let mut load = Load::default();
    while let Some(order) = orders.next().await {
        order.answer(match order.name.as_str() {
            "connect" => match open(&order).await {
                Ok(opened) => {
                    client = Some(opened);
                    Ok(Value::Null)
                }
                Err(error) => Err(error),
            },
            "start" => order.arg(0).map(|work| {
                load = Load::start(client.as_ref().expect("connected"), work);
                Value::Null
            }),
            "sample" => load.sample(&clock),
            "stop" => load.stop().await,
            _ => order.unknown(),
        });
    }
}

async fn open(order: &Order) -> Result<Client, String> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, order.arg(1)?));
    let mut configuration = Configuration::new(TcpStreamConnector);
    configuration.max_buffer_length(MAX_BUFFER);
    let connected = connect::<ClientCodec, _>(address, &configuration).await;
    let (client, connection) = connected.map_err(|error| error.to_string())?;
    tokio::spawn(connection);
    Ok(client)
}

/// What is in flight: so many tasks, each with one call after another.
#[derive(Default)]
struct Load {
    shared: Arc<Shared>,
    tasks: JoinSet<()>,
}

#[derive(Default)]
struct Shared {
    last_id: AtomicU64,
    replies: AtomicU64,
    stopping: AtomicBool,
    failure: Mutex<Option<String>>,
}

impl Load {
    fn start(client: &Client, work: Work) -> Self {
        let mut load = Self::default();
        let (count, payload) = match work {
            Work::Closed { in_flight, payload } => (in_flight, payload),
            Work::Streams { count, payload } => (count, payload),
        };
        let text: Arc<str> = "x".repeat(payload).into();
        for _ in 0..count {
            let (client, shared, text) = (client.clone(), load.shared.clone(), text.clone());
            match work {
                Work::Closed { .. } => load.tasks.spawn(async move {
                    while shared.goes_on() {
                        let called = call(&client, &shared, &text).await;
                        shared.check(called);
                    }
                }),
                Work::Streams { .. } => load.tasks.spawn(async move {
                    while shared.goes_on() {
                        let streamed = stream(&client, &shared, &text).await;
                        shared.check(streamed);
                    }
                }),
            };
        }
        load
    }

    fn sample(&self, clock: &Clock) -> Answer {
        self.shared.succeeded()?;
        let mut sample = clock.sample();
        sample["replies"] = json!(self.shared.replies.load(Relaxed));
        Ok(sample)
    }

    async fn stop(&mut self) -> Answer {
        self.shared.stopping.store(true, Relaxed);
        while self.tasks.join_next().await.is_some() {}
        self.shared.succeeded()?;
        Ok(Value::Null)
    }
}

impl Shared {
    fn goes_on(&self) -> bool {
        !self.stopping.load(Relaxed)
    }

    fn next_id(&self) -> u64 {
        self.last_id.fetch_add(1, Relaxed) + 1
    }

    fn replied(&self) {
        self.replies.fetch_add(1, Relaxed);
    }

    fn check(&self, result: Result<(), String>) {
        if let Err(error) = result {
            self.stopping.store(true, Relaxed);
            self.failure
                .lock()
                .expect("not poisoned")
                .get_or_insert(error);
        }
    }

    fn succeeded(&self) -> Result<(), String> {
        match self.failure.lock().expect("not poisoned").clone() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }
}

async fn call(client: &Client, shared: &Shared, text: &str) -> Result<(), String> {
    let id = shared.next_id();
    let request = Request::new(id, Call::Echo(Echo::new(id, text)));
    let reply = client
        .send_unary(request)
        .map_err(|error| error.to_string())?;
    match reply.await.map_err(|error| error.to_string())?.reply {
        Some(Reply::Echo(echo)) if echo.is_item(id, text, 0) => {
            shared.replied();
            Ok(())
        }
        _ => Err(format!("Call {id} had a wrong reply")),
    }
}

async fn stream(client: &Client, shared: &Shared, text: &str) -> Result<(), String> {
    let id = shared.next_id();
    let items = Items {
        count: ITEMS_PER_STREAM,
        item: Some(Echo::new(id, text)),
    };
    let request = Request::new(id, Call::Items(items));
    let mut replies = client
        .send_streaming(request)
        .map_err(|error| error.to_string())?;
    let mut count = 0;
    loop {
        match replies.next().await {
            Some(Ok(Response {
                reply: Some(Reply::Items(item)),
                ..
            })) if item.is_item(id, text, count) => {
                count += 1;
                shared.replied();
            }
            // Upstream calls every end Finished, a lost connection as well: only the count tells.
            None | Some(Err(Error::Finished)) if count == ITEMS_PER_STREAM => return Ok(()),
            _ => return Err(format!("Stream {id} went wrong after {count} items")),
        }
    }
}
