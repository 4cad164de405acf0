//! Known failures: how to recognise one, what happened in plain words, and
//! what to do. Pure: the texts are given.
//!
//! Also here, since every text that leaves passes it: what looks like a secret
//! is taken out ([`redact`]).

mod catalogue;
mod diagnose;
mod secrets;

pub use self::{
    catalogue::CATALOGUE,
    diagnose::{Diagnosis, Failure, Origin, Role, Text, diagnose},
    secrets::redact,
};
