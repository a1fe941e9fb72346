//! What the two sides of the contender `rust` share.

pub mod messages;
pub mod orders;
pub mod sample;
