//! Many executions of pipelines at once: their events shuffled, some of them
//! twice, delivered side by side to a board whose invocations are killed.
//!
//! [`Burst`] makes the events, [`deliver`] is the queue and the functions that
//! read it, [`Expected`] says which messages must stand when all is over.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test or a benchmark fails by panicking"
)]

mod deliver;
mod execution;
mod expected;
mod stage;

pub use self::{
    deliver::{Counts, Patience, Silent, deliver},
    execution::{Burst, Course, EVENTS, Execution},
    expected::{Expected, Standing},
    stage::{Outcome, Stage},
};
