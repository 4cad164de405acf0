//! The language of smoke tests: Hurl files, as <https://hurl.dev> describes
//! them for version 8.
//!
//! A text becomes a syntax tree with positions, or a problem with its place.
//! There is no HTTP in here, and nothing is evaluated.

pub mod ast;
mod message;
mod parser;
mod problem;
mod snippet;
mod source;
mod span;

pub use self::{
    problem::Problem,
    source::{Place, Source},
    span::{Span, Spanned},
};

/// Reads a whole file.
///
/// # Errors
/// The first place at which the text is no Hurl file, or uses what can't be
/// run here, and what was expected there.
pub fn parse(text: &str) -> Result<ast::File, Problem> {
    parser::file(text)
}
