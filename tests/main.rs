//! The project end to end: one file for each behaviour.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod burst;
mod chaos;
mod command;
mod explain;
mod faults;
mod layers;
mod local_aws;
mod messages;
mod notify;
mod notify_faults;
mod notify_poison;
mod notify_rules;
mod notify_settings;
mod notify_support;
mod notify_template;
mod pages;
mod plans;
mod rehearse;
mod rehearse_pipeline;
mod rehearse_smoke;
mod smoke;
mod smoke_gate;
mod support;
mod tables;
mod tool_event;
