//! What is asked of AWS, and what is made of its answers: real clients, and an
//! AWS on loopback that answers by a table.
#![expect(clippy::unwrap_used, reason = "a failing test panics")]

mod deployments;
mod fake;
mod findings;
mod troubles;
mod whose;
