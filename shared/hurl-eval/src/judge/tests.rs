use hurl::{
    Span, Spanned,
    ast::{Content, FilterKind, Json, JsonPiece, OperandValue, PredicateKind, QueryKind},
};

use super::*;
use crate::testing::{
    answer, assert as line, filter, int, list, operand, predicate, query as at, template,
    text as string, with,
};

fn response() -> Response {
    Response {
        span: Span::new(0, 8),
        version: Spanned::new(Version::Any, Span::new(0, 4)),
        status: Spanned::new(None, Span::new(5, 8)),
        headers: Vec::new(),
        captures: Vec::new(),
        asserts: Vec::new(),
        body: None,
    }
}

fn pair(key: &str, value: &str) -> Pair {
    let mut pair = Pair {
        key: template(key),
        value: template(value),
        span: Span::new(10, 20),
    };
    pair.key.span = Span::new(10, 14);
    pair.value.span = Span::new(16, 20);
    pair
}

fn body(content: Content) -> Body {
    let span = Span::new(30, 40);
    Body { span, content }
}

fn equal(kind: QueryKind, n: i64) -> Assert {
    let number = hurl::ast::Number::Integer(n);
    let operand = operand(OperandValue::Number(number));
    line(
        at(kind),
        vec![],
        predicate(false, PredicateKind::Equal(operand)),
    )
}

#[test]
fn version_and_status() {
    let cases = [
        (Version::Any, None, vec![]),
        (Version::Http11, Some(200), vec![]),
        (
            Version::Http10,
            Some(200),
            vec![("version", "HTTP/1.0", "HTTP/1.1")],
        ),
        (Version::Any, Some(201), vec![("status", "201", "200")]),
        (
            Version::Http3,
            Some(1_000_000),
            vec![
                ("version", "HTTP/3", "HTTP/1.1"),
                ("status", "1000000", "200"),
            ],
        ),
    ];
    for (version, status, expected) in cases {
        let mut response = response();
        response.version.value = version;
        response.status.value = status;
        let misses = judge_status(&response, &answer("", &[]));
        let shown = |m: &Miss| (m.subject.clone(), m.expected.clone(), m.actual.clone());
        let shown: Vec<_> = misses.iter().map(shown).collect();
        let own = |(a, b, c): &(&str, &str, &str)| ((*a).into(), (*b).into(), (*c).into());
        assert_eq!(shown, expected.iter().map(own).collect::<Vec<_>>());
    }
}

#[test]
fn headers() {
    let answers = [answer("", &[("A", "1"), ("B", "x"), ("b", "y")])];
    // Key, value, place, what it is; None: it holds.
    let cases = [
        ("a", "1", None),
        ("A", "{{one}}", None),
        ("A", "2", Some((16, "\"1\""))),
        ("B", "x", None),
        ("B", "y", None),
        ("B", "z", Some((16, "list <[x, y]>"))),
        ("C", "1", Some((10, "no such header"))),
        (
            "A",
            "{{nope}}",
            Some((120, "the variable \"nope\" is not defined")),
        ),
        (
            "{{nope}}",
            "1",
            Some((120, "the variable \"nope\" is not defined")),
        ),
        (
            "A",
            "{{list}}",
            Some((
                120,
                "{{list}} holds a value of type list, which can't stand in a text",
            )),
        ),
    ];
    for (key, value, expected) in cases {
        let mut response = response();
        response.headers.push(pair(key, value));
        let given = [("one", int(1)), ("list", list(&[]))];
        let misses = with(&answers, &given, |scene| judge(&response, scene));
        let shown = misses.first().map(|m| (m.span.start, m.actual.as_str()));
        assert_eq!(shown, expected, "{key}: {value}");
        assert!(
            misses
                .iter()
                .all(|m| m.subject == format!("header \"{key}\""))
        );
    }
}

#[test]
fn bodies_are_compared_as_they_are_written() {
    let json = |text: &str| {
        Content::Json(Json {
            pieces: vec![JsonPiece::Text(text.to_owned())],
        })
    };
    let cases = [
        (json("{\"a\": 1}"), "{\"a\": 1}", None),
        (
            json("{\"a\": 1}"),
            "{\"a\":1}",
            Some(("\"{\"a\": 1}\"", "\"{\"a\":1}\"")),
        ),
        (
            json("{\n1\n}"),
            "{\n2\n}",
            Some(("line 2: \"1\\n\"", "line 2: \"2\\n\"")),
        ),
        (Content::Xml("<a/>".into()), "<a/>", None),
        (
            Content::Xml("<a/>".into()),
            "<a />",
            Some(("\"<a/>\"", "\"<a />\"")),
        ),
        (Content::Line(template("a{{one}}")), "a1", None),
        (Content::Line(template("")), "a", Some(("\"\"", "\"a\""))),
        (Content::Hex(vec![0x61]), "a", None),
        (
            Content::Base64(vec![0x61]),
            "ab",
            Some(("1 bytes", "2 bytes, 0x62 at offset 1")),
        ),
        (
            Content::File(template("there.bin")),
            "\u{1}\u{2}\u{3}",
            None,
        ),
        (
            Content::File(template("gone.bin")),
            "",
            Some((
                "a body to compare with",
                "the file \"gone.bin\": it is not there",
            )),
        ),
    ];
    for (content, actual, expected) in cases {
        let mut response = response();
        response.body = Some(body(content));
        let misses = with(&[answer(actual, &[])], &[("one", int(1))], |s| {
            judge(&response, s)
        });
        let shown = misses
            .first()
            .map(|m| (m.expected.as_str(), m.actual.as_str()));
        assert_eq!(shown, expected);
    }
}

#[test]
fn every_miss_is_found_in_order() {
    let mut response = response();
    response.asserts = vec![
        equal(QueryKind::Status, 500),
        equal(QueryKind::Status, 200),
        equal(QueryKind::JsonPath(template("$.a")), 1),
        line(
            at(QueryKind::Header(template("X"))),
            vec![filter(FilterKind::ToInt)],
            predicate(true, PredicateKind::Exists),
        ),
    ];
    response.headers.push(pair("X", "1"));
    response.body = Some(body(Content::Xml("<a/>".into())));
    let misses = with(&[answer("no json", &[])], &[], |scene| {
        judge(&response, scene)
    });
    let subjects: Vec<&str> = misses.iter().map(|m| m.subject.as_str()).collect();
    assert_eq!(
        subjects,
        [
            "header \"X\"",
            "body",
            "status",
            "jsonpath \"$.a\"",
            "header \"X\" toInt"
        ]
    );
    let last = misses.last().unwrap();
    assert_eq!(last.actual, "there is no value that toInt could work on");
    assert_eq!(last.expected, "not something");
    assert_eq!(last.span, Span::new(20, 30));
    let one = with(&[answer("", &[])], &[], |scene| {
        assert(&response.asserts[0], scene)
    });
    let miss = one.unwrap_err();
    assert_eq!(
        (miss.expected.as_str(), miss.actual.as_str()),
        ("integer <500>", "integer <200>")
    );
    assert_eq!(miss.span, Span::new(40, 60));
}

#[test]
fn captures() {
    let get = |kind, filters: Vec<FilterKind>, redact| {
        let capture = Capture {
            name: template("n{{one}}"),
            query: at(kind),
            filters: filters.into_iter().map(filter).collect(),
            redact,
            span: Span::new(0, 50),
        };
        let answers = [answer("{\"a\":1}", &[])];
        with(&answers, &[("one", int(1))], |scene| {
            super::capture(&capture, scene).map_err(|fault| fault.what)
        })
    };
    let path = |path| QueryKind::JsonPath(template(path));
    let named = |value| Ok(("n1".to_owned(), value));
    assert_eq!(get(path("$.a"), vec![], false), named(int(1)));
    assert_eq!(
        get(path("$.a"), vec![FilterKind::ToString], true),
        named(string("1"))
    );
    assert_eq!(
        get(path("$.a"), vec![], true),
        Err("only a string can be a secret; this value's type is integer".to_owned())
    );
    assert_eq!(
        get(path("$.b"), vec![FilterKind::ToString], false),
        Err("jsonpath \"$.b\" found nothing to capture".to_owned())
    );
    let none = FilterKind::Regex(crate::testing::pattern("x(y)"));
    assert_eq!(
        get(QueryKind::Body, vec![none], false),
        Err("body regex found nothing to capture".to_owned())
    );
}

#[test]
fn without_an_answer_nothing_passes() {
    let misses = with(&[], &[], |scene| judge(&response(), scene));
    assert_eq!(misses.len(), 1);
    let miss = with(&[], &[], |scene| {
        assert(&equal(QueryKind::Status, 1), scene)
    });
    assert!(miss.is_err());
}

#[test]
fn no_secret_is_shown() {
    use crate::{Around, Files, Variables};
    let mut variables = Variables::new();
    variables
        .insert_secret("token", "first-line\nsecond-line")
        .unwrap();
    let files = Files::new();
    let around = Around {
        now: chrono::DateTime::UNIX_EPOCH,
        uuid: &String::new,
        files: &files,
    };
    let answers = [answer("a\nfirst-line\nsecond-line\nb", &[])];
    let scene = Scene {
        answers: &answers,
        variables: &variables,
        around: &around,
    };
    let mut response = response();
    response.body = Some(body(Content::Line(template(
        "a\nfirst-line\nsecond-lime\nb",
    ))));
    let misses = judge(&response, scene);
    assert!(
        misses.iter().all(|m| !m.actual.contains("second-line")),
        "{misses:?}"
    );
}
