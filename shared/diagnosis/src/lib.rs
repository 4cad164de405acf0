//! Known failures: how to recognise one, what happened in plain words, and
//! what to do. Pure: the texts are given.

mod catalogue;
mod diagnose;

pub use self::{
    catalogue::CATALOGUE,
    diagnose::{Diagnosis, Failure, Origin, Role, Text, diagnose},
};
