//! The harness's orders: a line of JSON each on stdin, answered by one on stdout. See `src/processes/orders.ts`.

use std::io::{Write, stdout};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, Lines, Stdin, stdin};

pub type Answer = Result<Value, String>;

#[derive(Deserialize)]
pub struct Order {
    number: u64,
    pub name: String,
    args: Vec<Value>,
}

impl Order {
    /// The argument at `index`.
    pub fn arg<T: DeserializeOwned>(&self, index: usize) -> Result<T, String> {
        let value = self.args.get(index).cloned().unwrap_or_default();
        serde_json::from_value(value).map_err(|error| format!("{}: {error}", self.name))
    }

    pub fn unknown(&self) -> Answer {
        Err(format!("{}: there is no such order for Rust", self.name))
    }

    pub fn answer(&self, answer: Answer) {
        let number = self.number;
        let line = match answer {
            Ok(result) => json!({ "number": number, "result": result }),
            Err(error) => json!({ "number": number, "error": error }),
        };
        // The harness may be gone, which the end of stdin will tell.
        let _ = writeln!(stdout().lock(), "{line}");
    }
}

pub struct Orders(Lines<BufReader<Stdin>>);

impl Orders {
    pub fn from_stdin() -> Self {
        Self(BufReader::new(stdin()).lines())
    }

    /// None when the harness has gone, however that came about.
    pub async fn next(&mut self) -> Option<Order> {
        let line = self.0.next_line().await.ok()??;
        Some(serde_json::from_str(&line).expect("orders are well-formed"))
    }
}
