//! Calls an rmemstore server with upstream's own client: puts keys, gets each back and compares it, and misses one for
//! each, many keys at a time. What became of the calls is told as a line of JSON on stdout.

use std::collections::HashMap;
use std::fmt::Display;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use futures::{StreamExt, stream};
use rmemstore::types::{IntoValue, MemstoreValue};
use rmemstore::{Client, ConnectionConfiguration};
use rmemstore_peer::args::{Args, fail};
use tokio::time::{Instant, timeout_at};

// With more threads than one this protosocket may forget to wake up.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let mut args = Args::from_command_line();
    let Some(address) = args.value("--address") else {
        fail("--address IP:PORT is missing");
    };
    let keys = args.value("--keys").unwrap_or(1000);
    let in_flight = args.value("--in-flight").unwrap_or(64);
    let patience = Duration::from_millis(args.value("--timeout-ms").unwrap_or(30_000));
    args.finish();
    if keys == 0 || in_flight == 0 {
        fail("--keys and --in-flight are at least 1");
    }

    let deadline = Instant::now() + patience;
    let tally = load(address, keys, in_flight, deadline).await;
    let Tally {
        puts,
        gets,
        misses,
        mismatched,
        ..
    } = tally;
    // Whatever has not ended in time has failed as well.
    let failed = CALLS_PER_KEY * keys - puts - gets - misses - mismatched;
    println!(
        "{{\"puts\":{puts},\"gets\":{gets},\"misses\":{misses},\
         \"mismatched\":{mismatched},\"failed\":{failed}}}"
    );
    match failed + mismatched {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

const CALLS_PER_KEY: u64 = 3;

enum End {
    Put,
    Got,
    Missed,
    Mismatched(String),
    Failed(String),
}

#[derive(Default)]
struct Tally {
    puts: u64,
    gets: u64,
    misses: u64,
    mismatched: u64,
    reasons: u64,
}

impl Tally {
    fn count(&mut self, end: End) {
        match end {
            End::Put => self.puts += 1,
            End::Got => self.gets += 1,
            End::Missed => self.misses += 1,
            End::Mismatched(what) => {
                self.mismatched += 1;
                self.tell(&format!("mismatched: {what}"));
            }
            End::Failed(why) => self.tell(&why),
        }
    }

    /// The first few reasons tell it all, once a connection is lost.
    fn tell(&mut self, reason: &str) {
        self.reasons += 1;
        if self.reasons <= 10 {
            eprintln!("{reason}");
        }
    }
}

async fn load(address: SocketAddr, keys: u64, in_flight: usize, deadline: Instant) -> Tally {
    let mut tally = Tally::default();
    let connecting = Client::connect(address, ConnectionConfiguration::default());
    let client = match timeout_at(deadline, connecting).await {
        Ok(Ok(client)) => client,
        Ok(Err(error)) => {
            tally.tell(&format!("not connected: {error}"));
            return tally;
        }
        Err(_) => {
            tally.tell("not connected: timeout");
            return tally;
        }
    };
    let calls = stream::iter(0..keys).map(|index| calls(&client, index));
    let mut calls = std::pin::pin!(calls.buffer_unordered(in_flight));
    loop {
        match timeout_at(deadline, calls.next()).await {
            Ok(Some(ends)) => ends.into_iter().for_each(|end| tally.count(end)),
            Ok(None) => return tally,
            Err(_) => {
                tally.tell("timeout");
                return tally;
            }
        }
    }
}

async fn calls(client: &Client, index: u64) -> [End; CALLS_PER_KEY as usize] {
    let expected = value(index);
    // Upstream's client does not look at the answer to a put: the get tells what has become of it.
    let put = match client.put(key("key", index), expected.clone()).await {
        Ok(()) => End::Put,
        Err(error) => failed("put", index, error),
    };
    let got = match client.get(key("key", index)).await {
        Ok(Some(value)) if value.clone().into_value() == expected.into_value() => End::Got,
        Ok(value) => End::Mismatched(format!("get {index}: {value:?}")),
        Err(error) => failed("get", index, error),
    };
    let missed = match client.get(key("missing", index)).await {
        Ok(None) => End::Missed,
        Ok(value) => End::Mismatched(format!("miss {index}: {value:?}")),
        Err(error) => failed("miss", index, error),
    };
    [put, got, missed]
}

fn failed(call: &str, index: u64, error: impl Display) -> End {
    End::Failed(format!("{call} {index}: {error}"))
}

/// Text for one, and for the next what is no text.
fn key(name: &str, index: u64) -> Vec<u8> {
    let mut key = format!("{name}-{index}").into_bytes();
    if !index.is_multiple_of(2) {
        key.extend_from_slice(&[0, 255]);
        key.extend_from_slice(&index.to_be_bytes());
    }
    key
}

/// A text, some bytes, a map and a map of maps by turns, small and large, and empty here and there.
fn value(index: u64) -> MemstoreValue {
    match index % 4 {
        0 => text(index),
        1 => blob(index),
        2 => map([("text", text(index)), ("blob", blob(index))]),
        _ => map([
            ("", text(index)),
            ("nothing", map([])),
            ("inner", map([("deep", map([("blob", blob(index))]))])),
        ]),
    }
}

fn text(index: u64) -> MemstoreValue {
    let repeated = index as usize % 50;
    MemstoreValue::String {
        string: format!("{index} caf\u{e9} \u{1f980} ").repeat(repeated),
    }
}

fn blob(index: u64) -> MemstoreValue {
    let bytes = (0..index % 49 * 97).map(|at| (at + index) as u8);
    MemstoreValue::Blob {
        value: bytes.collect(),
    }
}

fn map<const N: usize>(entries: [(&str, MemstoreValue); N]) -> MemstoreValue {
    let entries = entries.map(|(key, value)| (key.to_string(), value));
    MemstoreValue::Map {
        map: HashMap::from(entries),
    }
}
