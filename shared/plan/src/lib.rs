//! The plan of an application's gates, `greenlight.yaml`: which checks run at
//! which hook, and what they expect. Pure: text in, plan or error out. Where
//! plans are stored is the business of `store`.

mod convert;
mod glob;
mod keys;
mod label;
mod limits;
mod loose;
mod make;
mod matcher;
mod model;
mod parse;
mod raw;
mod schema;
mod secret;

pub use glob::{Glob, GlobError};
pub use label::{LABEL, LabelError, default_key, labelled};
pub use limits::MAX_BYTES;
pub use make::{DEFAULT_EVERY, DEFAULT_HEALTHY, DEFAULT_JOBS, DEFAULT_TIMEOUT};
pub use matcher::{Matcher, MatcherError};
pub use model::{
    Body, Check, Expect, Gate, GrpcCheck, HttpCheck, HttpVersion, JsonExpect, Plan, Probe, Smoke,
    SmokeGate, Through, Variable, WhereTo,
};
pub use schema::schema;
pub use secret::{SecretRef, SecretRefError};
pub use yaml::Error as PlanError;
