//! The load: many calls at a time, unary and streaming, some of them dropped, every reply compared byte for byte.

use std::process::ExitCode;
use std::time::Duration;

use futures::{StreamExt, stream};
use interop_peers::args::{Args, fail};
use interop_peers::echo::{
    EchoRequest, EchoResponse, EchoStream, Kind, Request, Response, ResponseBehavior, item_text,
};
use protosocket_rpc::Error;
use tokio::time::{Instant, sleep, timeout_at};

use super::Client;

pub struct Load {
    first_id: u64,
    calls: u64,
    in_flight: usize,
    streams: u64,
    items: u64,
    cancel_every: u64,
    sizes: Vec<usize>,
}

/// How a call ended, and how many items it had by then.
struct Ended {
    streaming: bool,
    items: u64,
    as_what: End,
}

enum End {
    Completed,
    Cancelled,
    Failed(String),
    Mismatched(String),
}

impl Load {
    pub fn new(first_id: u64, args: &mut Args) -> Self {
        let load = Self {
            first_id,
            calls: args.value("--calls").unwrap_or(1000),
            in_flight: args.value("--in-flight").unwrap_or(64),
            streams: args.value("--streams").unwrap_or(0),
            items: args.value("--items").unwrap_or(10),
            cancel_every: args.value("--cancel-every").unwrap_or(0),
            sizes: args.list("--sizes").unwrap_or_else(|| vec![64]),
        };
        if load.in_flight == 0 || load.streams > load.calls {
            fail("--in-flight is at least 1, --streams at most --calls");
        }
        load
    }

    pub async fn run(&self, client: &Client, deadline: Instant) -> ExitCode {
        let (mut completed, mut streams, mut items) = (0, 0, 0);
        let (mut cancelled, mut mismatched) = (0, 0);
        let calls = stream::iter(0..self.calls).map(|index| self.call(client, index));
        let mut calls = std::pin::pin!(calls.buffer_unordered(self.in_flight));
        // The first few reasons tell it all, once a connection is lost.
        let mut untold = 10;
        let mut tell = |why: String| {
            if untold > 0 {
                untold -= 1;
                eprintln!("{why}");
            }
        };
        while let Ok(Some(ended)) = timeout_at(deadline, calls.next()).await {
            items += ended.items;
            match ended.as_what {
                End::Completed => {
                    completed += 1;
                    streams += u64::from(ended.streaming);
                }
                End::Cancelled => cancelled += 1,
                End::Failed(why) => tell(why),
                End::Mismatched(why) => {
                    mismatched += 1;
                    tell(format!("mismatched: {why}"));
                }
            }
        }
        // Whatever has not ended in time has failed as well.
        let failed = self.calls - completed - cancelled - mismatched;
        println!(
            "{{\"completed\":{completed},\"streams\":{streams},\"items\":{items},\
             \"cancelled\":{cancelled},\"failed\":{failed},\"mismatched\":{mismatched}}}"
        );
        match failed + mismatched {
            0 => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        }
    }

    async fn call(&self, client: &Client, index: u64) -> Ended {
        let id = self.first_id.wrapping_add(index);
        let size = self.sizes[index as usize % self.sizes.len()];
        // The streams are spread evenly among the calls.
        let streaming = (index + 1) * self.streams / self.calls > index * self.streams / self.calls;
        let dropped = self.cancel_every > 0 && (index + 1).is_multiple_of(self.cancel_every);
        let mut items = 0;
        let as_what = match streaming {
            true => self.stream(client, id, size, dropped, &mut items).await,
            false => self.unary(client, id, size, dropped).await,
        };
        Ended {
            streaming,
            items,
            as_what,
        }
    }

    async fn unary(&self, client: &Client, id: u64, size: usize, dropped: bool) -> End {
        let body = EchoRequest {
            message: text(id, size),
            nanotime: nanotime(id),
        };
        let expected = Response::new(
            id,
            Kind::Echo(EchoResponse {
                message: body.message.clone(),
                nanotime: body.nanotime,
            }),
        );
        let reply = match client.send_unary(Request::new(id, ResponseBehavior::Unary, body)) {
            Ok(reply) => reply,
            Err(error) => return End::Failed(format!("call {id}: {error}")),
        };
        if dropped {
            // Half of them while the request may still be on its way out.
            if id.is_multiple_of(2) {
                sleep(Duration::from_millis(1)).await;
            }
            return End::Cancelled;
        }
        match reply.await {
            Ok(response) if response == expected => End::Completed,
            Ok(_) => End::Mismatched(format!("call {id} of {size} bytes")),
            Err(error) => End::Failed(format!("call {id}: {error}")),
        }
    }

    async fn stream(
        &self,
        client: &Client,
        id: u64,
        size: usize,
        dropped: bool,
        items: &mut u64,
    ) -> End {
        let body = EchoRequest {
            message: format!("stream:{}:{size}", self.items),
            nanotime: nanotime(id),
        };
        let request = Request::new(id, ResponseBehavior::Stream, body);
        let mut replies = match client.send_streaming(request) {
            Ok(replies) => replies,
            Err(error) => return End::Failed(format!("stream {id}: {error}")),
        };
        loop {
            if dropped && *items == self.items / 2 {
                return End::Cancelled;
            }
            let response = match replies.next().await {
                Some(Ok(response)) => response,
                // Upstream calls every end Finished, a lost connection as well: only the count tells.
                Some(Err(Error::Finished)) if *items == self.items => return End::Completed,
                Some(Err(error)) => {
                    return End::Failed(format!("stream {id} after {items} items: {error}"));
                }
                None => return End::Failed(format!("stream {id}: no end")),
            };
            let expected = EchoStream {
                message: item_text(*items, size),
                nanotime: nanotime(id),
                sequence: *items,
            };
            if response != Response::new(id, Kind::Stream(expected)) {
                return End::Mismatched(format!("stream {id}, item {items} of {size} bytes"));
            }
            *items += 1;
        }
    }
}

/// `size` bytes, not all of them ASCII, that differ from call to call and from place to place.
fn text(id: u64, size: usize) -> String {
    let mut text = String::with_capacity(size);
    for at in id % 37.. {
        let next = match at % 37 {
            36 => '\u{fc}',
            letter => char::from(b"abcdefghijklmnopqrstuvwxyz0123456789"[letter as usize]),
        };
        if text.len() + next.len_utf8() > size {
            break;
        }
        text.push(next);
    }
    while text.len() < size {
        text.push('.');
    }
    text
}

/// As large as the real ones and larger: no double holds them.
fn nanotime(id: u64) -> u64 {
    u64::MAX - id
}
