//! What a Hurl file means: values, variables, templates, queries, filters and
//! predicates, over answers that are given. Pure: no HTTP, no files, no clock.

mod answer;
mod around;
mod body;
mod check;
mod escape;
mod fault;
mod files;
mod filter;
mod json;
mod judge;
mod number;
mod page;
mod pattern;
mod pick;
mod predicate;
mod query;
mod redact;
mod show;
mod subject;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod text;
mod value;
mod variables;

pub use self::{
    answer::{Answer, HttpVersion},
    around::{Around, Files},
    body::body,
    check::check,
    fault::{Fault, Miss},
    files::{files_of_request, files_of_response},
    judge::{assert, capture, judge, judge_status},
    redact::Redactor,
    text::{pair, text, value},
    value::Value,
    variables::{BadVariable, Variables},
};

/// Everything that an assertion may look at.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// The answers of an entry: the redirects, and the last one at the end.
    /// Never empty.
    pub answers: &'a [Answer],
    /// The variables, captures included.
    pub variables: &'a Variables,
    /// The rest.
    pub around: &'a Around<'a>,
}
