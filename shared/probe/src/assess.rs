mod body;

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use plan::Expect;
use verdict::shorten;

use crate::words::{QUOTE, quote_bytes, span};

/// What a server answered to one attempt.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, or the part of it that was read.
    pub body: Bytes,
    /// The body is longer than what was read.
    pub truncated: bool,
    /// From the attempt's start to the body's end.
    pub elapsed: Duration,
}

/// An expectation that an answer did not meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// What had to be the case.
    pub expected: String,
    /// What was the case.
    pub got: String,
    /// What to do about it, where that is known.
    pub remedy: Option<String>,
}

/// Holds an answer against what is expected of it. The first expectation that
/// it misses is told: status, headers, body, time, in this order.
///
/// # Errors
/// The expectation that the answer misses.
pub fn assess(expect: &Expect, answer: &Answer) -> Result<(), Mismatch> {
    status(expect, answer)?;
    for (name, value) in &expect.headers {
        one_header(name, value, &answer.headers)?;
    }
    if let Some(expected) = &expect.body {
        body::body(expected, answer)?;
    }
    match expect.within {
        Some(within) if answer.elapsed > within => Err(Mismatch::of(
            in_time(within),
            format!("it after {}", span(answer.elapsed)),
        )),
        _ => Ok(()),
    }
}

/// All that is expected, in one line.
pub(crate) fn expectation(expect: &Expect) -> String {
    let mut all = vec![status_words(expect)];
    all.extend(
        expect
            .headers
            .iter()
            .map(|(name, value)| header_words(name, value)),
    );
    if let Some(body) = &expect.body {
        all.extend(body.contains.iter().map(|text| body::contains_words(text)));
        all.extend(body.matches.iter().map(body::matches_words));
        all.extend(body.json.iter().map(body::json_words));
    }
    if let Some(within) = expect.within {
        all.push(in_time(within));
    }
    shorten(&all.join(", "), QUOTE * 2)
}

/// The status of an answer, for a sentence: `503 Service Unavailable`.
pub(crate) fn status_text(status: StatusCode) -> String {
    match status.canonical_reason() {
        Some(reason) => format!("{} {reason}", status.as_u16()),
        None => status.as_u16().to_string(),
    }
}

/// The expectation that `within` makes.
pub(crate) fn in_time(within: Duration) -> String {
    format!("an answer within {}", span(within))
}

impl Mismatch {
    fn of(expected: impl Into<String>, got: impl Into<String>) -> Self {
        Self {
            expected: expected.into(),
            got: got.into(),
            remedy: None,
        }
    }
}

fn status(expect: &Expect, answer: &Answer) -> Result<(), Mismatch> {
    if expect.status.matches(answer.status.as_u16()) {
        return Ok(());
    }
    let mut got = status_text(answer.status);
    let mut remedy = None;
    if answer.status.is_redirection()
        && let Some(to) = answer.headers.get(header::LOCATION)
    {
        let to = String::from_utf8_lossy(to.as_bytes());
        // What follows the path may be a token.
        let to = to.split(['?', '#']).next().unwrap_or_default();
        got.push_str(&format!(" to {}", shorten(to, QUOTE)));
        remedy = Some("redirects are not followed: probe where it leads, or expect the redirect");
    } else if !answer.body.is_empty() {
        got.push_str(&format!(": {}", quote_bytes(&answer.body)));
    }
    Err(Mismatch {
        remedy: remedy.map(str::to_owned),
        ..Mismatch::of(status_words(expect), got)
    })
}

fn one_header(name: &str, value: &str, headers: &HeaderMap) -> Result<(), Mismatch> {
    let found: Vec<&HeaderValue> = headers.get_all(name).iter().collect();
    if found
        .iter()
        .any(|found| found.as_bytes() == value.as_bytes())
    {
        return Ok(());
    }
    let got = match found.as_slice() {
        [] => "no such header".to_owned(),
        _ if is_secret(name) => "another value".to_owned(),
        found => {
            let texts: Vec<String> = found.iter().map(|v| quote_bytes(v.as_bytes())).collect();
            shorten(&texts.join(", "), QUOTE)
        }
    };
    Err(Mismatch::of(header_words(name, value), got))
}

/// Whether a header's values may carry what nobody else should read.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [
        "cookie",
        "auth",
        "token",
        "secret",
        "key",
        "session",
        "password",
        "credential",
        "signature",
    ]
    .iter()
    .any(|part| name.contains(part))
}

fn status_words(expect: &Expect) -> String {
    format!("status {}", expect.status)
}

fn header_words(name: &str, value: &str) -> String {
    match is_secret(name) {
        true => format!("header {name} with the plan's value"),
        false => format!("header {name}: {}", shorten(value, QUOTE)),
    }
}

#[cfg(test)]
mod tests {
    use plan::{Body, JsonExpect};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    pub(super) fn answer(status: u16, body: impl Into<Bytes>) -> Answer {
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: body.into(),
            truncated: false,
            elapsed: Duration::from_millis(912),
        }
    }

    pub(super) fn with_body(body: Body) -> Expect {
        Expect {
            body: Some(body),
            ..Expect::default()
        }
    }

    pub(super) fn with_json(path: &str, value: Value) -> Expect {
        with_body(Body {
            json: vec![JsonExpect {
                path: path.parse().unwrap(),
                value,
            }],
            ..Body::default()
        })
    }

    pub(super) fn line(expect: &Expect, answer: &Answer) -> String {
        match assess(expect, answer) {
            Ok(()) => "met".to_owned(),
            Err(mismatch) => format!("{} | {}", mismatch.expected, mismatch.got),
        }
    }

    #[test]
    fn a_table_of_statuses() {
        let expect = Expect::default();
        for (status, body, found) in [
            (204, "", "met"),
            (
                503,
                "database\nis down",
                "status 200-299 | 503 Service Unavailable: \"database is down\"",
            ),
            (500, "", "status 200-299 | 500 Internal Server Error"),
            (799, "", "status 200-299 | 799"),
        ] {
            assert_eq!(line(&expect, &answer(status, body)), found);
        }
        let long = line(&expect, &answer(500, "x".repeat(100_000)));
        assert!(long.chars().count() < 300 && long.contains('…'), "{long}");
    }

    #[test]
    fn a_redirect_tells_where_to_but_not_its_query() {
        let mut answer = answer(302, "moved");
        let to = HeaderValue::from_static("https://login.example.com/in?token=abc");
        answer.headers.insert("location", to);
        let mismatch = assess(&Expect::default(), &answer).unwrap_err();
        assert_eq!(mismatch.got, "302 Found to https://login.example.com/in");
        assert!(mismatch.remedy.unwrap().contains("not followed"));
    }

    #[test]
    fn a_table_of_headers() {
        let mut answer = answer(200, "");
        for (name, value) in [
            ("x-version", "1"),
            ("x-version", "2"),
            ("set-cookie", "session=s3cr3t"),
        ] {
            answer.headers.append(name, HeaderValue::from_static(value));
        }
        for (name, value, found) in [
            ("X-Version", "2", "met"),
            ("x-version", "3", "header x-version: 3 | \"1\", \"2\""),
            ("x-other", "3", "header x-other: 3 | no such header"),
            (
                "no header name",
                "3",
                "header no header name: 3 | no such header",
            ),
            (
                "Set-Cookie",
                "session=other",
                "header Set-Cookie with the plan's value | another value",
            ),
        ] {
            let expect = Expect {
                headers: vec![(name.into(), value.into())],
                ..Expect::default()
            };
            assert_eq!(line(&expect, &answer), found);
        }
    }

    #[test]
    fn time_is_an_expectation() {
        let within = |millis| Expect {
            within: Some(Duration::from_millis(millis)),
            ..Expect::default()
        };
        assert_eq!(line(&within(912), &answer(200, "")), "met");
        assert_eq!(
            line(&within(800), &answer(200, "")),
            "an answer within 800 ms | it after 912 ms"
        );
        // Its status matters more than its time.
        assert!(line(&within(800), &answer(500, "")).starts_with("status"));
    }

    #[test]
    fn the_whole_expectation_in_one_line() {
        let mut expect = with_json("$.status", json!("UP"));
        expect.headers = vec![("x-a".into(), "b".into())];
        expect.within = Some(Duration::from_millis(800));
        assert_eq!(
            expectation(&expect),
            "status 200-299, header x-a: b, $.status = \"UP\", an answer within 800 ms"
        );
    }

    proptest! {
        #[test]
        fn any_body_is_met_or_told_in_short(bytes in prop::collection::vec(any::<u8>(), 0..600), truncated: bool) {
            let mut answer = answer(200, bytes.clone());
            answer.truncated = truncated;
            for expect in [
                with_json("$.a", json!(1)),
                with_body(Body { contains: vec!["needle".into()], ..Body::default() }),
            ] {
                if let Err(mismatch) = assess(&expect, &answer) {
                    prop_assert!(mismatch.got.chars().count() < 400);
                    prop_assert!(!mismatch.got.contains('\n'));
                }
            }
            answer.status = StatusCode::BAD_GATEWAY;
            prop_assert!(assess(&Expect::default(), &answer).is_err());
        }
    }
}
