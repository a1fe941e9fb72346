//! Prints golden vectors, as upstream's encoders write them: `vectors echo` or `vectors rmemstore`.
//!
//! One per line: `hex` is a whole frame, its length included, `message` what is in it. 64-bit numbers are strings,
//! bytes are hex, and what is not set is null. Each frame was read back with upstream's decoder.

mod echo;
mod rmemstore;

use interop_peers::args::fail;

fn main() {
    let vectors = match std::env::args().nth(1).as_deref() {
        Some("echo") => echo::vectors(),
        Some("rmemstore") => rmemstore::vectors(),
        _ => fail("vectors echo|rmemstore"),
    };
    let lines: Vec<_> = vectors.iter().map(ToString::to_string).collect();
    println!("[\n{}\n]", lines.join(",\n"));
}

/// On both sides of where a varint, a MessagePack integer or a double takes another form.
const NUMBERS: [(&str, u64); 14] = [
    ("0", 0),
    ("1", 1),
    ("127", 127),
    ("128", 128),
    ("255", 255),
    ("256", 256),
    ("65535", 65_535),
    ("65536", 65_536),
    ("2^32-1", (1 << 32) - 1),
    ("2^32", 1 << 32),
    ("2^53-1", (1 << 53) - 1),
    ("2^53", 1 << 53),
    ("2^63", 1 << 63),
    ("2^64-1", u64::MAX),
];

const CODES: [(&str, u32); 3] = [("normal", 0), ("cancel", 1), ("end", 2)];

/// Texts on both sides of where a length takes another form, and texts of more than one byte a character.
fn texts() -> Vec<(String, String)> {
    let lengths = [0, 1, 31, 32, 127, 128, 255, 256, 300];
    let sized = lengths.map(|length| (format!("{length} bytes"), "a".repeat(length)));
    let unicode = [
        ("accents", "na\u{ef}ve caf\u{e9}"),
        ("emoji", "\u{1f980}\u{1f3fd}\u{200d}"),
        ("zero byte", "a\0b"),
        ("japanese", "\u{30d7}\u{30ed}\u{30c8}"),
    ];
    let unicode = unicode.map(|(name, text)| (name.to_string(), text.to_string()));
    sized.into_iter().chain(unicode).collect()
}
