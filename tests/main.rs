//! The project end to end: one file for each behaviour.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod chaos;
mod command;
mod faults;
mod layers;
mod local_aws;
mod plans;
mod rehearse;
mod rehearse_pipeline;
mod rehearse_smoke;
mod smoke;
mod smoke_gate;
mod support;
mod tables;
