//! What the language is: tables of texts, each with its tree or its problem.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod body;
mod entry;
mod filter;
mod json;
mod multiline;
mod option;
mod place;
mod predicate;
mod query;
mod refused;
mod robust;
mod section;
mod shown;
mod template;
mod xml;

use greenlight_hurl::{
    Problem, Source, Span,
    ast::{Assert, Capture, EntryOption, File, Request, Response},
    parse,
};

/// The tree of a text that must be one.
fn file(text: &str) -> File {
    match parse(text) {
        Ok(file) => file,
        Err(problem) => panic!("{}", problem.show(&Source::new("test", text))),
    }
}

/// The request of a text that has one.
fn request(text: &str) -> Request {
    let mut entries = file(text).entries;
    assert_eq!(entries.len(), 1, "{text}");
    entries.remove(0).request
}

/// The answer below the first request.
fn response(text: &str) -> Response {
    let mut entries = file(&format!("GET http://h\n{text}")).entries;
    assert_eq!(entries.len(), 1, "{text}");
    entries.remove(0).response.expect("a response")
}

/// The only option.
fn option(line: &str) -> EntryOption {
    let mut options = request(&format!("GET http://h\n[Options]\n{line}\n")).options;
    assert_eq!(options.len(), 1, "{line}");
    options.remove(0)
}

/// The only assert.
fn assert(line: &str) -> Assert {
    let mut asserts = response(&format!("HTTP 200\n[Asserts]\n{line}\n")).asserts;
    assert_eq!(asserts.len(), 1, "{line}");
    asserts.remove(0)
}

/// The only capture.
fn capture(line: &str) -> Capture {
    let mut captures = response(&format!("HTTP 200\n[Captures]\n{line}\n")).captures;
    assert_eq!(captures.len(), 1, "{line}");
    captures.remove(0)
}

/// The problem of a text that must have one.
fn problem(text: &str) -> Problem {
    parse(text).expect_err(text)
}

/// Holds texts against `place: marked: message`, where what is marked is the
/// text of the problem's place.
fn each_is_bad(table: &[(&str, &str)]) {
    for (text, expected) in table {
        let problem = problem(text);
        let source = Source::new("test", *text);
        let found = format!(
            "{}: {}: {}",
            source.place(problem.span),
            marked(text, problem.span),
            problem.message
        );
        assert_eq!(found, *expected, "{text}");
    }
}

/// The text of a place.
fn marked(text: &str, span: Span) -> &str {
    &text[span.start as usize..span.end as usize]
}
