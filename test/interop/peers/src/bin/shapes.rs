//! Reads frames of MessagePack, one in hex on each line of stdin, with upstream's decoder. For each it prints a line with
//! what it has read, 64-bit numbers as strings, and with the frame that upstream's encoder makes of that; or with the
//! error.

use std::collections::BTreeMap;
use std::io::stdin;

use interop_peers::codec::MessagePack;
use interop_peers::frames::{bytes, frame};
use protosocket::Decoder;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What Rust has and JavaScript's numbers and texts do not tell apart.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Shapes {
    unsigned: u64,
    signed: i64,
    short: u32,
    single: f32,
    double: f64,
    text: String,
    numbers: BTreeMap<String, u16>,
    nothing: (),
    variants: Vec<Variant>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Variant {
    Unit,
    Number(u64),
    Struct { ratio: Option<f64> },
}

type Shape = MessagePack<Shapes, Shapes>;

fn main() {
    for line in stdin().lines() {
        println!("{}", answer(&bytes(&line.expect("a line"))));
    }
}

fn answer(sent: &[u8]) -> Value {
    match Shape::default().decode(sent) {
        Ok((length, shapes)) if length == sent.len() => json!({
            "message": {
                "unsigned": shapes.unsigned.to_string(),
                "signed": shapes.signed.to_string(),
                "short": shapes.short,
                "single": shapes.single,
                "double": shapes.double,
                "text": shapes.text,
                "numbers": shapes.numbers,
                "variants": format!("{:?}", shapes.variants),
            },
            "hex": frame::<Shape, Shapes>(&shapes),
        }),
        other => json!({ "error": format!("{other:?}") }),
    }
}
