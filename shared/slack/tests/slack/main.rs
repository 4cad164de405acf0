//! The courier, against a stand-in for Slack on loopback.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

mod errors;
mod find;
mod live;
mod rotation;
mod secrets;
mod support;
mod webhook;
