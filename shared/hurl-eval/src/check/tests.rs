use hurl::{
    Span, Spanned,
    ast::{Capture, OptionKind, Request, Response, Version},
};

use super::*;
use crate::testing::{
    assert, filter, operand, pattern, placeholder, predicate as must, query as at, regex, template,
};

fn file(captures: Vec<Capture>, asserts: Vec<hurl::ast::Assert>, options: Vec<OptionKind>) -> File {
    let span = Span::new(0, 1);
    let request = Request {
        method: Spanned::new("GET".to_owned(), span),
        url: template("http://a"),
        headers: vec![],
        options: options.into_iter().map(|o| Spanned::new(o, span)).collect(),
        query: vec![],
        form: vec![],
        multipart: vec![],
        cookies: vec![],
        basic_auth: None,
        body: None,
    };
    let response = Response {
        span,
        version: Spanned::new(Version::Any, span),
        status: Spanned::new(None, span),
        headers: vec![],
        captures,
        asserts,
        body: None,
    };
    let entry = Entry {
        span,
        request,
        response: Some(response),
    };
    File {
        entries: vec![entry],
    }
}

fn messages(
    query: QueryKind,
    filters: Vec<FilterKind>,
    kind: PredicateKind,
    not: bool,
) -> Vec<String> {
    let filters: Vec<_> = filters.into_iter().map(filter).collect();
    let capture = Capture {
        name: template("a"),
        query: at(query.clone()),
        filters: filters.clone(),
        redact: false,
        span: Span::new(0, 1),
    };
    let assert = assert(at(query), filters, must(not, kind));
    let problems = check(&file(vec![capture], vec![assert], vec![]));
    problems.into_iter().map(|p| p.message).collect()
}

#[test]
fn what_can_never_work() {
    let status = || QueryKind::Status;
    let exists = || PredicateKind::Exists;
    let matches = |t: &str| PredicateKind::Matches(operand(OperandValue::Text(template(t))));
    // A capture and an assertion each, so that each problem is there twice.
    let cases: Vec<(QueryKind, Vec<FilterKind>, &str)> = vec![
        (
            QueryKind::JsonPath(template("$[")),
            vec![],
            "not a JSONPath",
        ),
        (QueryKind::XPath(template("//")), vec![], "not an XPath"),
        (
            QueryKind::Regex(pattern("(")),
            vec![],
            "not a regular expression: unclosed group",
        ),
        (
            status(),
            vec![FilterKind::JsonPath(template("$["))],
            "not a JSONPath",
        ),
        (
            status(),
            vec![FilterKind::XPath(template("//"))],
            "not an XPath",
        ),
        (
            status(),
            vec![FilterKind::Regex(pattern("["))],
            "not a regular expression",
        ),
        (
            status(),
            vec![FilterKind::CharsetDecode(template("klingon"))],
            "",
        ),
        (status(), vec![FilterKind::Decode(template("klingon"))], ""),
        (
            status(),
            vec![FilterKind::DateFormat(template("%Q"))],
            "not a date format",
        ),
        (
            status(),
            vec![FilterKind::Format(template("%"))],
            "not a date format",
        ),
        (
            status(),
            vec![FilterKind::ToDate(template("%Y-%!"))],
            "not a date format",
        ),
        (
            status(),
            vec![FilterKind::ReplaceRegex {
                pattern: pattern("*"),
                new: template(""),
            }],
            "not a regular expression",
        ),
    ];
    for (query, filters, part) in cases {
        let found = messages(query.clone(), filters.clone(), exists(), false);
        assert_eq!(found.len(), 2, "{query:?} {filters:?}");
        assert!(found.iter().all(|m| m.contains(part)), "{found:?}");
    }
    assert_eq!(messages(status(), vec![], matches("("), false).len(), 1);
    assert_eq!(messages(status(), vec![], matches("("), true), [""; 0]);
    assert_eq!(messages(status(), vec![], matches("a"), false), [""; 0]);
}

#[test]
fn what_may_work_is_let_through() {
    let cases = [
        (QueryKind::JsonPath(template("$.a[{{n}}")), vec![]),
        (QueryKind::XPath(template("//{{name}}")), vec![]),
        (QueryKind::Regex(pattern("({{n}}")), vec![]),
        (QueryKind::Regex(Pattern::Literal(regex("a"))), vec![]),
        (
            QueryKind::Body,
            vec![FilterKind::CharsetDecode(template("{{c}}"))],
        ),
        (
            QueryKind::Bytes,
            vec![FilterKind::CharsetDecode(template("iso-8859-1"))],
        ),
        (
            QueryKind::Body,
            vec![FilterKind::ToDate(template("%Y-%m-%dT%H:%M:%S%.3fZ"))],
        ),
        (QueryKind::Body, vec![FilterKind::DateFormat(template(""))]),
        (
            QueryKind::Body,
            vec![FilterKind::DateFormat(template("{{f}}%"))],
        ),
    ];
    for (query, filters) in cases {
        let found = messages(query, filters, PredicateKind::Exists, false);
        assert_eq!(found, [""; 0]);
    }
}

#[test]
fn an_entry_that_need_not_run_is_not_looked_at() {
    let skipped = |option| {
        let bad = assert(
            at(QueryKind::JsonPath(template("$["))),
            vec![],
            must(false, PredicateKind::Exists),
        );
        check(&file(vec![], vec![bad], vec![option])).is_empty()
    };
    assert!(skipped(OptionKind::Skip(Setting::Literal(true))));
    assert!(skipped(OptionKind::Skip(Setting::Placeholder(
        placeholder("x")
    ))));
    assert!(skipped(OptionKind::Repeat(Setting::Literal(
        Count::Finite(0)
    ))));
    assert!(!skipped(OptionKind::Skip(Setting::Literal(false))));
    assert!(!skipped(OptionKind::Repeat(Setting::Literal(
        Count::Infinite
    ))));
    assert!(!skipped(OptionKind::Compressed(Setting::Literal(true))));
}
