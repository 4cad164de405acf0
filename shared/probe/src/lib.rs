//! Health probes: HTTP, TCP and gRPC's health protocol, run until they have
//! succeeded often enough in a row or their time is over.
//!
//! What decides is pure: `cadence` says when to try again and when to stop,
//! `assess` holds an answer against its expectations, `classify` says
//! what a [`Trouble`] means, `ask` turns a check and a target
//! into a request. What acts is thin: `connect`, `exchange` and `grpc` make
//! one attempt over one new connection, as a load balancer's own health check
//! does, and `prober` runs all of them at the same time.

mod ask;
mod assess;
mod attempt;
mod cadence;
mod classify;
mod connect;
mod exchange;
mod grpc;
mod line;
mod prober;
mod tls;
mod watch;
mod words;

pub use assess::{Answer, Mismatch, assess};
pub use attempt::ATTEMPT_LIMIT;
pub use cadence::{Cadence, Next, Standing};
pub use classify::{Certificate, Trouble, remedy, retry};
pub use exchange::{BODY_LIMIT, HEAD_LIMIT};
pub use prober::{Assignment, Prober, Progress, Target};
pub use wire::Phase;
