//! The messages of `bench/proto/echo.proto` that the workload of this contender needs.

use protosocket_prost::{ProstDecoder, ProstSerializer};
use protosocket_rpc::ProtosocketControlCode::{self, Cancel, End, Normal};

pub type ServerCodec = (
    protosocket::PooledEncoder<ProstSerializer<Response>>,
    ProstDecoder<Request>,
);
pub type ClientCodec = (
    protosocket::PooledEncoder<ProstSerializer<Request>>,
    ProstDecoder<Response>,
);

/// A message of 4 MiB, and room for more behind it: upstream advises four times the largest.
pub const MAX_BUFFER: usize = 16 << 20;

/// 16 digits, as in the workload of the other contenders.
const NANOTIME: u64 = 1_700_000_000_000_000;

#[derive(Clone, PartialEq, prost::Message)]
pub struct Echo {
    #[prost(uint32, tag = "1")]
    pub id: u32,
    #[prost(string, tag = "2")]
    pub message: String,
    #[prost(uint64, tag = "3")]
    pub nanotime: u64,
}

impl Echo {
    pub fn new(id: u64, message: &str) -> Self {
        Self {
            id: id as u32,
            message: message.to_owned(),
            nanotime: NANOTIME + id,
        }
    }

    /// The item at `index` of the stream that was asked for with this; an echo is its item 0.
    pub fn item(&self, index: u32) -> Self {
        Self {
            nanotime: self.nanotime + u64::from(index),
            ..self.clone()
        }
    }

    pub fn is_item(&self, id: u64, message: &str, index: u32) -> bool {
        self.id == id as u32
            && self.nanotime == NANOTIME + id + u64::from(index)
            && self.message == message
    }
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Items {
    #[prost(uint32, tag = "1")]
    pub count: u32,
    #[prost(message, optional, tag = "2")]
    pub item: Option<Echo>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub enum Call {
    #[prost(message, tag = "3")]
    Echo(Echo),
    #[prost(message, tag = "4")]
    Items(Items),
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub enum Reply {
    #[prost(message, tag = "3")]
    Echo(Echo),
    #[prost(message, tag = "4")]
    Items(Echo),
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Request {
    #[prost(uint64, tag = "1")]
    pub request_id: u64,
    #[prost(uint32, tag = "2")]
    pub code: u32,
    #[prost(oneof = "Call", tags = "3, 4")]
    pub call: Option<Call>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Response {
    #[prost(uint64, tag = "1")]
    pub request_id: u64,
    #[prost(uint32, tag = "2")]
    pub code: u32,
    #[prost(oneof = "Reply", tags = "3, 4")]
    pub reply: Option<Reply>,
}

impl Request {
    pub fn new(request_id: u64, call: Call) -> Self {
        Self {
            request_id,
            code: Normal.as_u8().into(),
            call: Some(call),
        }
    }
}

impl Response {
    pub fn new(request_id: u64, reply: Reply) -> Self {
        Self {
            request_id,
            code: Normal.as_u8().into(),
            reply: Some(reply),
        }
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
