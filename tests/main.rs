//! The project end to end: one file for each behaviour.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod chaos;
mod faults;
mod layers;
mod plans;
mod support;
