//! How mistakes, evidence and log lines are worded: on one line, short, with
//! what was written in quotes, and the name that was probably meant. Pure.

mod line;
mod list;
mod nearest;
mod quoted;

pub use line::{chain, one_line, shorten};
pub use list::either;
pub use nearest::nearest;
pub use quoted::quoted;
