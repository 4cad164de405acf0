//! The local AWS from outside: real sockets, real processes, the official
//! clients.
#![expect(clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

mod apis;
mod balancer;
mod bus;
mod client;
mod deployments;
mod faults;
mod fleet;
mod function;
mod lambda;
mod object_store;
mod pipelines;
mod rpc;
mod s3;
mod sqs;

use std::time::Duration;

/// Longer than anything takes that works.
pub(crate) const LONG: Duration = Duration::from_secs(15);
