//! What both programs share: the command lines of the other peers, which are on a protosocket of their own.

#[path = "../../peers/src/args.rs"]
pub mod args;
