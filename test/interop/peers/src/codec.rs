//! The wire formats.

use std::fmt::Debug;
use std::marker::PhantomData;
use std::str::FromStr;

use protosocket::{Decoder, Encoder, PooledEncoder, Serialize};
use protosocket_messagepack::{MessagePackDecoder, MessagePackSerializer};
use protosocket_prost::{ProstDecoder, ProstSerializer};

/// A codec that writes `Out` and reads `In`.
pub trait Codec<Out, In>:
    protosocket::Codec
    + Encoder<Message = Out, Serialized: Send>
    + Decoder<Message = In>
    + Default
    + Send
    + 'static
{
}

impl<C, Out, In> Codec<Out, In> for C where
    C: protosocket::Codec
        + Encoder<Message = Out, Serialized: Send>
        + Decoder<Message = In>
        + Default
        + Send
        + 'static
{
}

pub type Protobuf<Out, In> = (PooledEncoder<ProstSerializer<Out>>, ProstDecoder<In>);
pub type MessagePack<Out, In> = (
    PooledEncoder<MessagePackSerializer<Out>>,
    MessagePackDecoder<In>,
);
pub type NamedMessagePack<Out, In> = (PooledEncoder<NamedSerializer<Out>>, MessagePackDecoder<In>);

#[derive(Clone, Copy, PartialEq)]
pub enum Format {
    Protobuf,
    MessagePack,
    NamedMessagePack,
}

impl Format {
    /// `--named` makes MessagePack write structs as maps.
    pub fn named(self, named: bool) -> Self {
        match self {
            Self::MessagePack if named => Self::NamedMessagePack,
            format => format,
        }
    }
}

impl FromStr for Format {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "protobuf" => Ok(Self::Protobuf),
            "messagepack" => Ok(Self::MessagePack),
            _ => Err("protobuf or messagepack"),
        }
    }
}

/// MessagePack with structs as maps. protosocket-messagepack has no such encoder, but its decoder reads both, so a peer
/// may well write them. The frame is the same: a u32 marker, the length, the value.
pub struct NamedSerializer<T>(PhantomData<fn(T)>);

impl<T> Default for NamedSerializer<T> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<T: serde::Serialize + Debug> Serialize for NamedSerializer<T> {
    type Message = T;

    fn serialize_into_buffer(&mut self, message: T, buffer: &mut Vec<u8>) {
        let body = rmp_serde::to_vec_named(&message).expect("messages can be encoded");
        rmp::encode::write_u32(buffer, body.len() as u32).expect("a Vec takes all that comes");
        buffer.extend_from_slice(&body);
    }
}
