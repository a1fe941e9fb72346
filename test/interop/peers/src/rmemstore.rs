//! rmemstore's contract, `proto/rmemstore.proto`. Written here, since the published crate brings a second protosocket
//! and a protobuf compiler along, and its hash maps would put the entries in another order each time.

use std::collections::BTreeMap;

#[derive(Clone, PartialEq, prost::Message)]
pub struct Rpc {
    #[prost(uint64, tag = "1")]
    pub id: u64,
    #[prost(uint32, tag = "2")]
    pub code: u32,
    #[prost(oneof = "Command", tags = "3, 4")]
    pub command: Option<Command>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub enum Command {
    #[prost(message, tag = "3")]
    Put(Put),
    #[prost(message, tag = "4")]
    Get(Get),
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Response {
    #[prost(uint64, tag = "1")]
    pub id: u64,
    #[prost(uint32, tag = "2")]
    pub code: u32,
    #[prost(oneof = "Kind", tags = "3, 4")]
    pub kind: Option<Kind>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub enum Kind {
    #[prost(bool, tag = "3")]
    Ok(bool),
    #[prost(message, tag = "4")]
    Value(Value),
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Value {
    #[prost(oneof = "ValueKind", tags = "1, 2, 3")]
    pub kind: Option<ValueKind>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub enum ValueKind {
    #[prost(bytes, tag = "1")]
    Blob(Vec<u8>),
    #[prost(string, tag = "2")]
    String(String),
    #[prost(message, tag = "3")]
    Map(Map),
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Map {
    #[prost(btree_map = "string, message", tag = "1")]
    pub map: BTreeMap<String, Value>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Put {
    #[prost(bytes = "vec", tag = "1")]
    pub key: Vec<u8>,
    #[prost(message, optional, tag = "2")]
    pub value: Option<Value>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Get {
    #[prost(bytes = "vec", tag = "1")]
    pub key: Vec<u8>,
}
