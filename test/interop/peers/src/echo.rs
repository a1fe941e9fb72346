//! The contract of upstream's examples, `proto/echo.proto`: one set of structs for protobuf and MessagePack.

use protosocket_rpc::ProtosocketControlCode::{self, Cancel, End, Normal};
use serde::{Deserialize, Serialize};

#[derive(Clone, PartialEq, prost::Message, Serialize, Deserialize)]
pub struct Request {
    #[prost(uint64, tag = "1")]
    pub request_id: u64,
    #[prost(uint32, tag = "2")]
    pub code: u32,
    #[prost(message, tag = "3")]
    pub body: Option<EchoRequest>,
    #[prost(enumeration = "ResponseBehavior", tag = "4")]
    #[serde(with = "behavior_by_name")]
    pub response_behavior: i32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, prost::Enumeration, Serialize, Deserialize)]
#[repr(i32)]
pub enum ResponseBehavior {
    Unary = 0,
    Stream = 1,
}

#[derive(Clone, PartialEq, prost::Message, Serialize, Deserialize)]
pub struct EchoRequest {
    #[prost(string, tag = "1")]
    pub message: String,
    #[prost(uint64, tag = "2")]
    pub nanotime: u64,
}

#[derive(Clone, PartialEq, prost::Message, Serialize, Deserialize)]
pub struct Response {
    #[prost(uint64, tag = "1")]
    pub request_id: u64,
    #[prost(uint32, tag = "2")]
    pub code: u32,
    #[prost(oneof = "Kind", tags = "3, 4")]
    pub kind: Option<Kind>,
}

#[derive(Clone, PartialEq, prost::Oneof, Serialize, Deserialize)]
pub enum Kind {
    #[prost(message, tag = "3")]
    Echo(EchoResponse),
    #[prost(message, tag = "4")]
    Stream(EchoStream),
}

#[derive(Clone, PartialEq, prost::Message, Serialize, Deserialize)]
pub struct EchoResponse {
    #[prost(string, tag = "1")]
    pub message: String,
    #[prost(uint64, tag = "2")]
    pub nanotime: u64,
}

#[derive(Clone, PartialEq, prost::Message, Serialize, Deserialize)]
pub struct EchoStream {
    #[prost(string, tag = "1")]
    pub message: String,
    #[prost(uint64, tag = "2")]
    pub nanotime: u64,
    #[prost(uint64, tag = "3")]
    pub sequence: u64,
}

impl Request {
    pub fn new(request_id: u64, behavior: ResponseBehavior, body: EchoRequest) -> Self {
        Self {
            request_id,
            code: Normal.as_u8().into(),
            body: Some(body),
            response_behavior: behavior.into(),
        }
    }
}

impl Response {
    pub fn new(request_id: u64, kind: Kind) -> Self {
        Self {
            request_id,
            code: Normal.as_u8().into(),
            kind: Some(kind),
        }
    }
}

/// Item `sequence` of a stream of `size` bytes an item: the number, padded with `x`.
pub fn item_text(sequence: u64, size: usize) -> String {
    let mut text = sequence.to_string();
    let padding = size.saturating_sub(text.len());
    text.extend(std::iter::repeat_n('x', padding));
    text
}

/// Upstream's protobuf struct has the behavior as a number, its MessagePack struct as the enum.
mod behavior_by_name {
    use super::ResponseBehavior;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(value: &i32, serializer: S) -> Result<S::Ok, S::Error> {
        ResponseBehavior::try_from(*value)
            .unwrap_or_default()
            .serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i32, D::Error> {
        ResponseBehavior::deserialize(deserializer).map(i32::from)
    }
}

/// The two messages differ in nothing that protosocket-rpc asks for.
macro_rules! rpc_message {
    ($message:ty) => {
        impl protosocket_rpc::Message for $message {
            fn message_id(&self) -> u64 {
                self.request_id
            }

            fn control_code(&self) -> ProtosocketControlCode {
                ProtosocketControlCode::from_u8(self.code as u8)
            }

            fn set_message_id(&mut self, message_id: u64) {
                self.request_id = message_id;
            }

            fn cancelled(request_id: u64) -> Self {
                Self {
                    request_id,
                    code: Cancel.as_u8().into(),
                    ..Default::default()
                }
            }

            fn ended(request_id: u64) -> Self {
                Self {
                    request_id,
                    code: End.as_u8().into(),
                    ..Default::default()
                }
            }
        }
    };
}

rpc_message!(Request);
rpc_message!(Response);
