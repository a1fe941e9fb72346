//! Frames in hex.

use std::fmt::Debug;

use bytes::Buf;

use crate::codec::Codec;

/// A frame as the encoder of `C` writes it, its length included; its decoder reads it back.
pub fn frame<C, T>(message: &T) -> String
where
    C: Codec<T, T>,
    T: Clone + PartialEq + Debug,
{
    let mut codec = C::default();
    let mut encoded = codec.encode(message.clone());
    let mut bytes = vec![0; encoded.remaining()];
    encoded.copy_to_slice(&mut bytes);
    let (length, decoded) = codec
        .decode(bytes.as_slice())
        .unwrap_or_else(|_| panic!("{message:?} can be read back"));
    assert_eq!((length, &decoded), (bytes.len(), message));
    hex(&bytes)
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes of a text in hex.
pub fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(&hex[i..i + 2], 16).expect("two digits"))
        .collect()
}
