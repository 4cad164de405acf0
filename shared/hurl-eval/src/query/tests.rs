use std::time::Duration;

use hurl::{
    Spanned,
    ast::{CookieAttribute as A, Pattern, QueryKind as Q},
};

use super::*;
use crate::{
    HttpVersion,
    testing::{answer, bytes, date, int, list, pattern, query as at, regex, template, text, with},
};

fn run_on(kind: Q, answers: &[crate::Answer]) -> Result<Option<Value>, Fault> {
    let given = [("name", text("X-Two")), ("list", list(&[]))];
    with(answers, &given, |scene| {
        run(&at(kind), scene, &Page::new(answers.last().unwrap()))
    })
}

fn cookie(name: &str, attribute: Option<A>) -> Q {
    let span = Span::new(0, 1);
    Q::Cookie(CookieQuery {
        name: template(name),
        attribute: attribute.map(|a| Spanned::new(a, span)),
    })
}

fn page_answer() -> crate::Answer {
    answer(
        r#"{"a":[1],"b":[{"c":"x"},{"c":"y"}],"n":null}"#,
        &[
            ("Content-Type", "application/json"),
            ("X-One", "1"),
            ("x-two", "a"),
            ("X-Two", "b"),
            (
                "Set-Cookie",
                "id=42; Path=/p; Domain=d.org; Max-Age=60; Secure; HttpOnly; SameSite=Lax",
            ),
            ("Set-Cookie", "id=43"),
            ("Set-Cookie", "e=; Expires=Wed, 13 Jan 2021 22:23:01 GMT"),
            ("Set-Cookie", "d=; Expires=Wed, 13-Jan-2021 22:23:01 GMT"),
            ("Set-Cookie", "bad=; Expires=tomorrow; Max-Age=x"),
        ],
    )
}

#[test]
fn found() {
    let cases = [
        (Q::Status, int(200)),
        (Q::Version, text("1.1")),
        (Q::Url, text("http://localhost:8000/")),
        (Q::Duration, int(12)),
        (Q::Ip, text("127.0.0.1")),
        (Q::Header(template("x-one")), text("1")),
        (
            Q::Header(template("{{name}}")),
            list(&[text("a"), text("b")]),
        ),
        (cookie("id", None), text("42")),
        (cookie("id", Some(A::Value)), text("42")),
        (cookie("id", Some(A::Path)), text("/p")),
        (cookie("id", Some(A::Domain)), text("d.org")),
        (cookie("id", Some(A::MaxAge)), int(60)),
        (cookie("id", Some(A::Secure)), Value::Present),
        (cookie("id", Some(A::HttpOnly)), Value::Present),
        (cookie("id", Some(A::SameSite)), text("Lax")),
        (cookie("e", Some(A::Expires)), date("2021-01-13T22:23:01Z")),
        (cookie("d", Some(A::Expires)), date("2021-01-13T22:23:01Z")),
        (cookie("e", None), text("")),
        (Q::JsonPath(template("$.a[0]")), int(1)),
        (Q::JsonPath(template("$.a[*]")), int(1)),
        (Q::JsonPath(template("$.a")), list(&[int(1)])),
        (
            Q::JsonPath(template("$.b[*].c")),
            list(&[text("x"), text("y")]),
        ),
        (Q::JsonPath(template("$.n")), Value::Null),
        (Q::Regex(pattern(r#""c":"(\w)""#)), text("x")),
        (Q::Regex(Pattern::Literal(regex("(n)ull"))), text("n")),
        (Q::Variable(template("name")), text("X-Two")),
        (Q::Redirects, list(&[])),
    ];
    for (kind, expected) in cases {
        let found = run_on(kind.clone(), &[page_answer()]);
        assert_eq!(found, Ok(Some(expected)), "{kind:?}");
    }
}

#[test]
fn not_found() {
    for kind in [
        Q::Header(template("nope")),
        cookie("nope", None),
        cookie("id", Some(A::Expires)),
        cookie("e", Some(A::Secure)),
        cookie("bad", Some(A::MaxAge)),
        Q::JsonPath(template("$.nope")),
        Q::JsonPath(template("$.nope[*]")),
        Q::Regex(pattern("x")),
        Q::Regex(pattern("nope(.)")),
        Q::Variable(template("nope")),
        Q::Certificate(CertificateField::Subject),
    ] {
        assert_eq!(run_on(kind.clone(), &[page_answer()]), Ok(None), "{kind:?}");
    }
}

#[test]
fn faults() {
    let mut broken = page_answer();
    broken.body = b"\xff{".to_vec();
    broken.certificate = Some(b"none".to_vec());
    let no_json = answer("<a/>", &[]);
    for (kind, answer, part) in [
        (
            Q::JsonPath(template("$.a")),
            &no_json,
            "the body is no JSON",
        ),
        (
            Q::JsonPath(template("$[")),
            &page_answer(),
            "not a JSONPath",
        ),
        (
            Q::JsonPath(template("$.{{list}}")),
            &page_answer(),
            "type list",
        ),
        (
            Q::Regex(pattern("(")),
            &page_answer(),
            "not a regular expression",
        ),
        (
            Q::Header(template("{{nope}}")),
            &page_answer(),
            "is not defined",
        ),
        (
            Q::Variable(template("{{nope}}")),
            &page_answer(),
            "is not defined",
        ),
        (cookie("bad", Some(A::Expires)), &page_answer(), "no date"),
        (Q::Body, &broken, ""),
        (Q::Regex(pattern("a")), &broken, ""),
        (Q::XPath(template("//a")), &broken, ""),
        (Q::JsonPath(template("$")), &broken, ""),
        (Q::Certificate(CertificateField::Issuer), &broken, ""),
    ] {
        let fault = run_on(kind.clone(), std::slice::from_ref(answer)).unwrap_err();
        assert!(fault.what.contains(part), "{kind:?}: {fault}");
    }
}

#[test]
fn bodies() {
    let answer = answer("abc", &[]);
    for (kind, expected) in [
        (Q::Body, text("abc")),
        (Q::Bytes, bytes(b"abc")),
        (Q::RawBytes, bytes(b"abc")),
        (
            Q::Md5,
            bytes(b"\x90\x01\x50\x98\x3c\xd2\x4f\xb0\xd6\x96\x3f\x7d\x28\xe1\x7f\x72"),
        ),
    ] {
        assert_eq!(
            run_on(kind, std::slice::from_ref(&answer)),
            Ok(Some(expected))
        );
    }
    let sha = run_on(Q::Sha256, &[answer]).unwrap().unwrap();
    assert!(
        sha.to_string()
            .starts_with("bytes <ba7816bf8f01cfea414140de5dae2223"),
        "{sha}"
    );
}

#[test]
fn redirects_are_all_answers_but_the_last() {
    let mut first = answer("", &[]);
    first.status = 302;
    first.url = "http://a/".to_owned();
    let mut second = answer("", &[]);
    second.status = 301;
    second.url = "http://b/".to_owned();
    let mut last = answer("", &[]);
    last.url = "http://c/".to_owned();
    last.version = HttpVersion::Http2;
    last.duration = Duration::from_secs(2);
    let answers = [first, second, last];
    let found = run_on(Q::Redirects, &answers).unwrap().unwrap();
    let expected = "list <[302 from http://a/ to http://b/, 301 from http://b/ to http://c/]>";
    assert_eq!(found.to_string(), expected);
    assert_eq!(run_on(Q::Version, &answers), Ok(Some(text("2"))));
    assert_eq!(run_on(Q::Duration, &answers), Ok(Some(int(2000))));
}
