//! YAML files that people write: read within limits into one tree that knows
//! where each value stands, and mistakes told with their places. Pure: text in,
//! tree or mistakes out. What the files mean is the business of `plan` and
//! `routes`.

mod mistake;
mod place;
mod read;
mod tree;

pub use mistake::{Error, Mistake};
pub use place::Place;
pub use read::{Format, Limits, read};
pub use tree::{Entry, Node, Number, Value};
