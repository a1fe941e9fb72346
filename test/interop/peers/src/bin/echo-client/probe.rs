//! The probes: one or two calls each, to show what upstream's client makes of a server.

use std::fmt;
use std::process::ExitCode;
use std::str::FromStr;
use std::time::Duration;

use futures::StreamExt;
use interop_peers::args::Args;
use interop_peers::echo::{EchoRequest, Kind, Request, Response, ResponseBehavior};
use protosocket_rpc::Error;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout_at};

use super::Client;

#[derive(Clone, Copy)]
pub enum ProbeKind {
    Unary,
    Stream,
    Cancel,
    CancelStream,
    TwoInSequence,
    TwoWithSameId,
    Queued,
}

impl FromStr for ProbeKind {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "unary" => Ok(Self::Unary),
            "stream" => Ok(Self::Stream),
            "cancel" => Ok(Self::Cancel),
            "cancel-stream" => Ok(Self::CancelStream),
            "two-in-sequence" => Ok(Self::TwoInSequence),
            "two-with-same-id" => Ok(Self::TwoWithSameId),
            "queued" => Ok(Self::Queued),
            _ => Err(
                "unary, stream, cancel, cancel-stream, two-in-sequence, two-with-same-id or queued",
            ),
        }
    }
}

/// More than a connection takes from its queue while nobody reads what it sends.
const AHEAD: u64 = 1000;

pub struct Probe {
    kind: ProbeKind,
    first_id: u64,
    body: String,
    pause: Duration,
}

impl Probe {
    pub fn new(kind: ProbeKind, first_id: u64, args: &mut Args) -> Self {
        Self {
            kind,
            first_id,
            body: args.value("--body").unwrap_or_else(|| "hello".to_string()),
            pause: Duration::from_millis(args.value("--pause-ms").unwrap_or(0)),
        }
    }

    pub async fn run(&self, client: &Client, deadline: Instant) -> ExitCode {
        let [first, second, third] = [0, 1, 2].map(|index| self.first_id.wrapping_add(index));
        match self.kind {
            ProbeKind::Unary => say(unary(client, first, &self.body, deadline).await),
            ProbeKind::Stream => stream(client, first, &self.body, deadline).await,
            ProbeKind::Cancel => {
                say(unary(client, first, "warm", deadline).await);
                let dropped = client.send_unary(self.request(second, ResponseBehavior::Unary));
                self.pause().await;
                drop(dropped);
                say(json!({ "outcome": "dropped", "id": second.to_string() }));
                say(unary(client, third, "after", deadline).await);
            }
            ProbeKind::CancelStream => {
                let request = self.request(first, ResponseBehavior::Stream);
                if let Ok(mut items) = client.send_streaming(request) {
                    if let Ok(Some(Ok(item))) = timeout_at(deadline, items.next()).await {
                        say(json!({ "item": described(&item) }));
                    }
                    self.pause().await;
                }
                say(json!({ "outcome": "dropped", "id": first.to_string() }));
                say(unary(client, second, "after", deadline).await);
            }
            ProbeKind::TwoInSequence => {
                say(unary(client, first, &self.body, deadline).await);
                self.pause().await;
                say(unary(client, second, &self.body, deadline).await);
            }
            ProbeKind::TwoWithSameId => {
                let one = unary(client, first, &self.body, deadline);
                let other = unary(client, first, &self.body, deadline);
                let (one, other) = futures::join!(one, other);
                say(one);
                say(other);
            }
            ProbeKind::Queued => {
                let ahead = (0..AHEAD).map(|index| self.first_id.wrapping_add(index));
                let requests = ahead.map(|id| self.request(id, ResponseBehavior::Unary));
                let unread: Vec<_> = requests.map(|one| client.send_unary(one)).collect();
                self.pause().await;
                let last = self.first_id.wrapping_add(AHEAD);
                say(unary(client, last, &self.body, deadline).await);
                drop(unread);
            }
        }
        ExitCode::SUCCESS
    }

    async fn pause(&self) {
        if !self.pause.is_zero() {
            sleep(self.pause).await;
        }
    }

    fn request(&self, id: u64, behavior: ResponseBehavior) -> Request {
        request(id, behavior, &self.body)
    }
}

async fn unary(client: &Client, id: u64, body: &str, deadline: Instant) -> Value {
    let reply = match client.send_unary(request(id, ResponseBehavior::Unary, body)) {
        Ok(reply) => timeout_at(deadline, reply).await,
        Err(error) => Ok(Err(error)),
    };
    match reply {
        Ok(Ok(response)) => json!({ "outcome": "ok", "reply": described(&response) }),
        Ok(Err(error)) => failure(id, name(&error)),
        Err(_) => failure(id, "timeout"),
    }
}

/// Tells each item as it comes, then the end.
async fn stream(client: &Client, id: u64, body: &str, deadline: Instant) {
    let mut items = match client.send_streaming(request(id, ResponseBehavior::Stream, body)) {
        Ok(items) => items,
        Err(error) => return say(failure(id, name(&error))),
    };
    loop {
        match timeout_at(deadline, items.next()).await {
            Ok(Some(Ok(item))) => say(json!({ "item": described(&item) })),
            Ok(Some(Err(error))) => return say(failure(id, name(&error))),
            Ok(None) => return say(failure(id, "end without a reason")),
            Err(_) => return say(failure(id, "timeout")),
        }
    }
}

fn request(id: u64, behavior: ResponseBehavior, body: &str) -> Request {
    let body = EchoRequest {
        message: body.to_string(),
        nanotime: id,
    };
    Request::new(id, behavior, body)
}

fn name(error: &Error) -> &'static str {
    match error {
        Error::IoFailure(_) => "IoFailure",
        Error::CancelledRemotely => "CancelledRemotely",
        Error::ConnectionIsClosed => "ConnectionIsClosed",
        Error::Finished => "Finished",
    }
}

fn failure(id: u64, outcome: &str) -> Value {
    json!({ "outcome": outcome, "id": id.to_string() })
}

/// 64-bit numbers as strings, as JSON readers tend to round them.
fn described(response: &Response) -> Value {
    let id = response.request_id.to_string();
    match &response.kind {
        None => json!({ "id": id, "kind": null }),
        Some(Kind::Echo(echo)) => json!({
            "id": id,
            "kind": "echo",
            "message": echo.message,
            "nanotime": echo.nanotime.to_string(),
        }),
        Some(Kind::Stream(item)) => json!({
            "id": id,
            "kind": "stream",
            "message": item.message,
            "nanotime": item.nanotime.to_string(),
            "sequence": item.sequence.to_string(),
        }),
    }
}

fn say(line: impl fmt::Display) {
    println!("{line}");
}
