//! What a gate concludes: outcomes of single checks, the verdict they add up
//! to, and the time a gate has for reaching it. Pure: no clock, no I/O.

mod backoff;
mod budget;
mod outcome;

pub use backoff::Backoff;
pub use budget::TimeBudget;
pub use outcome::{Outcome, Status, Timing, Verdict};
pub use wording::{chain, one_line, shorten};
