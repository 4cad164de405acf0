//! Small pieces of files and answers, for tests.

use std::{
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};

use chrono::{DateTime, Utc};
use hurl::{
    Span, Spanned,
    ast::{
        Assert, Expression, Filter, FilterKind, Number, Operand, OperandValue, Pattern, Piece,
        Placeholder, Predicate, PredicateKind, Query, QueryKind, Regex, Template,
    },
};

use crate::{Answer, Around, Files, HttpVersion, Scene, Value, Variables};

/// `text {{name}} text` as a template.
pub(crate) fn template(source: &str) -> Template {
    let mut pieces = Vec::new();
    for (n, part) in source.split("{{").enumerate() {
        let text = match part.split_once("}}").filter(|_| n > 0) {
            None => part,
            Some((name, text)) => {
                pieces.push(Piece::Placeholder(placeholder(name)));
                text
            }
        };
        if !text.is_empty() {
            pieces.push(Piece::Text(text.to_owned()));
        }
    }
    let span = Span::new(100, 110);
    Template { span, pieces }
}

pub(crate) fn placeholder(name: &str) -> Placeholder {
    let expression = match name {
        "newUuid" => Expression::NewUuid,
        "newDate" => Expression::NewDate,
        name => Expression::Variable(name.to_owned()),
    };
    Spanned::new(expression, Span::new(120, 130))
}

pub(crate) fn query(kind: QueryKind) -> Query {
    Spanned::new(kind, Span::new(10, 20))
}

pub(crate) fn filter(kind: FilterKind) -> Filter {
    Spanned::new(kind, Span::new(20, 30))
}

pub(crate) fn operand(value: OperandValue) -> Operand {
    Spanned::new(value, Span::new(50, 60))
}

pub(crate) fn predicate(not: bool, kind: PredicateKind) -> Predicate {
    let span = Span::new(40, 60);
    Predicate { not, kind, span }
}

pub(crate) fn assert(query: Query, filters: Vec<Filter>, predicate: Predicate) -> Assert {
    let span = Span::new(10, 60);
    Assert {
        query,
        filters,
        predicate,
        span,
    }
}

pub(crate) fn regex(source: &str) -> Regex {
    Regex(regex::Regex::new(source).unwrap())
}

pub(crate) fn pattern(source: &str) -> Pattern {
    Pattern::Text(template(source))
}

pub(crate) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

pub(crate) fn int(n: i64) -> Value {
    Value::Number(Number::Integer(n))
}

pub(crate) fn float(f: f64) -> Value {
    Value::Number(Number::Float(f))
}

pub(crate) fn big(digits: &str) -> Value {
    Value::Number(Number::Big(digits.to_owned()))
}

pub(crate) fn bytes(bytes: &[u8]) -> Value {
    Value::Bytes(bytes.to_vec())
}

pub(crate) fn list(values: &[Value]) -> Value {
    Value::List(values.to_vec())
}

pub(crate) fn date(rfc3339: &str) -> Value {
    Value::Date(rfc3339.parse::<DateTime<Utc>>().unwrap())
}

/// The time in tests.
pub(crate) const NOW: &str = "2024-06-15T12:00:00Z";

/// An answer with a body and headers.
pub(crate) fn answer(body: &str, headers: &[(&str, &str)]) -> Answer {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Answer {
        version: HttpVersion::Http11,
        status: 200,
        headers: headers.iter().map(own).collect(),
        body: body.as_bytes().to_vec(),
        url: "http://localhost:8000".to_owned(),
        duration: Duration::from_micros(12_900),
        ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
        certificate: None,
    }
}

/// Does something in a scene with these answers and variables.
pub(crate) fn with<T>(
    answers: &[Answer],
    given: &[(&str, Value)],
    act: impl FnOnce(Scene<'_>) -> T,
) -> T {
    let mut variables = Variables::new();
    for (name, value) in given {
        variables.insert(*name, value.clone()).unwrap();
    }
    let mut files = Files::new();
    files.insert("there.bin".to_owned(), Ok(vec![1, 2, 3]));
    files.insert("gone.bin".to_owned(), Err("it is not there".to_owned()));
    let around = Around {
        now: NOW.parse().unwrap(),
        uuid: &|| "67e55044-10b1-426f-9247-bb680e5fe0c8".to_owned(),
        files: &files,
    };
    act(Scene {
        answers,
        variables: &variables,
        around: &around,
    })
}
