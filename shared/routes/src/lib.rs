//! routes.yaml: which story goes to which channel, and who is mentioned. Pure:
//! text in, routes or error out; story in, decision out.

mod dead;
mod decide;
mod make;
mod mention;
mod model;
mod reading;
mod values;

pub use yaml::Error as RoutesError;

use self::model::{Fallback, Matching, Rule};
pub use self::{
    decide::{Decision, Judged, Way},
    make::MAX_BYTES,
    mention::Mention,
};

/// Routes, read and checked.
#[derive(Debug, Clone)]
pub struct Routes {
    matching: Matching,
    rules: Vec<Rule>,
    default: Fallback,
}

impl Default for Routes {
    /// What holds without routes: quiet about successes of single builds and
    /// about images, never quiet about failures.
    fn default() -> Self {
        Self {
            matching: Matching::First,
            rules: Vec::new(),
            default: Fallback::Quiet,
        }
    }
}
