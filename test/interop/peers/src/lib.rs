//! What the peers of the interop tests share.

pub mod args;
pub mod codec;
pub mod echo;
pub mod frames;
pub mod rmemstore;
