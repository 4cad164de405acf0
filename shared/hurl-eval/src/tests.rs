//! Any small program over any answer ends, without a panic.

use std::time::Duration;

use hurl::{
    Span, Spanned,
    ast::{
        Assert, Body, Capture, CertificateField, Content, CookieAttribute, CookieQuery, FilterKind,
        Json, JsonPiece, Multiline, MultilineKind, Number, Operand, OperandValue, Pair, Pattern,
        PredicateKind, QueryKind, Response, Setting, Version,
    },
};
use proptest::prelude::*;

use crate::{
    Answer, Value, capture, check, judge, judge_status,
    testing::{
        answer, assert as line, filter, operand, placeholder, predicate, query, template, with,
    },
};

/// A text that is now and then what one of the languages understands.
fn source() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(
            &[
                "",
                "$",
                "$.a",
                "$..*",
                "$.a[0:5]",
                "//a",
                "count(//a)",
                "string(//a)",
                "a(.)",
                "(",
                "\\d+",
                "%Y-%m-%d",
                "%+",
                "%",
                "%s",
                "utf-8",
                "latin1",
                "a",
                "A",
                "Set-Cookie",
                "http://a/?a=1",
                "1",
                "-1.5",
                "2024-01-31",
                "127.0.0.1",
                "there.bin",
                "gone.bin",
                "{{text}}",
                "{{list}}",
                "{{nope}}",
                "{{big}}",
                "{{newDate}}",
                "{\"a\":[1,2]}",
                ","
            ][..]
        )
        .prop_map(str::to_owned),
        "[ -~ü😀\n]{0,12}",
        any::<String>(),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        Just(Value::Present),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(|n| Value::Number(Number::Integer(n))),
        any::<f64>().prop_map(|f| Value::Number(Number::Float(f))),
        "-?[0-9]{20,30}".prop_map(|n| Value::Number(Number::Big(n))),
        source().prop_map(Value::Text),
        prop::collection::vec(any::<u8>(), 0..9).prop_map(Value::Bytes),
        (0..3_usize).prop_map(Value::Nodes),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::List),
            prop::collection::btree_map("[ab]", inner, 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn a_pattern() -> impl Strategy<Value = Pattern> {
    source().prop_map(|s| Pattern::Text(template(&s)))
}

fn a_query() -> impl Strategy<Value = QueryKind> {
    use QueryKind as Q;
    let attribute = prop::option::of(prop::sample::select(
        &[
            CookieAttribute::Value,
            CookieAttribute::Expires,
            CookieAttribute::MaxAge,
            CookieAttribute::Secure,
        ][..],
    ));
    prop_oneof![
        prop::sample::select(
            &[
                Q::Status,
                Q::Version,
                Q::Url,
                Q::Body,
                Q::Bytes,
                Q::RawBytes,
                Q::Duration,
                Q::Sha256,
                Q::Md5,
                Q::Ip,
                Q::Redirects,
                Q::Certificate(CertificateField::Subject),
            ][..]
        ),
        source().prop_map(|s| Q::Header(template(&s))),
        (source(), attribute).prop_map(|(s, attribute)| Q::Cookie(CookieQuery {
            name: template(&s),
            attribute: attribute.map(|a| Spanned::new(a, Span::default())),
        })),
        source().prop_map(|s| Q::XPath(template(&s))),
        source().prop_map(|s| Q::JsonPath(template(&s))),
        source().prop_map(|s| Q::Variable(template(&s))),
        Just(Q::Variable(template("any"))),
        a_pattern().prop_map(Q::Regex),
    ]
}

fn a_filter() -> impl Strategy<Value = FilterKind> {
    use FilterKind as F;
    prop_oneof![
        prop::sample::select(
            &[
                F::Base64Decode,
                F::Base64Encode,
                F::Base64UrlSafeDecode,
                F::Base64UrlSafeEncode,
                F::Count,
                F::DaysAfterNow,
                F::DaysBeforeNow,
                F::First,
                F::HtmlEscape,
                F::HtmlUnescape,
                F::Last,
                F::Location,
                F::ToFloat,
                F::ToHex,
                F::ToInt,
                F::ToString,
                F::UrlDecode,
                F::UrlEncode,
                F::Utf8Decode,
                F::Utf8Encode,
            ][..]
        ),
        source().prop_map(|s| F::CharsetDecode(template(&s))),
        source().prop_map(|s| F::DateFormat(template(&s))),
        source().prop_map(|s| F::ToDate(template(&s))),
        source().prop_map(|s| F::JsonPath(template(&s))),
        source().prop_map(|s| F::XPath(template(&s))),
        source().prop_map(|s| F::Split(template(&s))),
        source().prop_map(|s| F::UrlQueryParam(template(&s))),
        any::<i64>().prop_map(|n| F::Nth(Setting::Literal(n))),
        (-3..3_i64).prop_map(|n| F::Nth(Setting::Literal(n))),
        Just(F::Nth(Setting::Placeholder(placeholder("any")))),
        a_pattern().prop_map(F::Regex),
        (source(), source()).prop_map(|(old, new)| F::Replace {
            old: template(&old),
            new: template(&new),
        }),
        (a_pattern(), source()).prop_map(|(pattern, new)| F::ReplaceRegex {
            pattern,
            new: template(&new),
        }),
    ]
}

fn an_operand() -> impl Strategy<Value = Operand> {
    prop_oneof![
        Just(OperandValue::Null),
        any::<bool>().prop_map(OperandValue::Bool),
        any::<i64>().prop_map(|n| OperandValue::Number(Number::Integer(n))),
        any::<f64>().prop_map(|f| OperandValue::Number(Number::Float(f))),
        source().prop_map(|s| OperandValue::Text(template(&s))),
        source().prop_map(|s| OperandValue::File(template(&s))),
        prop::collection::vec(any::<u8>(), 0..3).prop_map(OperandValue::Hex),
        Just(OperandValue::Placeholder(placeholder("any"))),
    ]
    .prop_map(operand)
}

fn a_predicate() -> impl Strategy<Value = PredicateKind> {
    use PredicateKind as P;
    prop_oneof![
        (an_operand(), 0..11_usize).prop_map(|(operand, which)| {
            let kinds: [fn(Operand) -> P; 11] = [
                P::Equal,
                P::NotEqual,
                P::Greater,
                P::GreaterOrEqual,
                P::Less,
                P::LessOrEqual,
                P::StartsWith,
                P::EndsWith,
                P::Contains,
                P::Includes,
                P::Matches,
            ];
            kinds[which](operand)
        }),
        prop::sample::select(
            &[
                P::Exists,
                P::IsBoolean,
                P::IsCollection,
                P::IsDate,
                P::IsEmpty,
                P::IsFloat,
                P::IsInteger,
                P::IsIpv4,
                P::IsIpv6,
                P::IsIsoDate,
                P::IsList,
                P::IsNumber,
                P::IsObject,
                P::IsString,
                P::IsUuid,
            ][..]
        ),
    ]
}

fn an_assert() -> impl Strategy<Value = Assert> {
    let filters = prop::collection::vec(a_filter(), 0..4);
    (a_query(), filters, any::<bool>(), a_predicate()).prop_map(|(kind, filters, not, must)| {
        let filters = filters.into_iter().map(filter).collect();
        line(query(kind), filters, predicate(not, must))
    })
}

fn a_body() -> impl Strategy<Value = Content> {
    let piece = prop_oneof![
        source().prop_map(JsonPiece::Text),
        Just(JsonPiece::Value(placeholder("any"))),
        Just(JsonPiece::InString(placeholder("any"))),
    ];
    prop_oneof![
        prop::collection::vec(piece.clone(), 0..4)
            .prop_map(|pieces| Content::Json(Json { pieces })),
        source().prop_map(Content::Xml),
        source().prop_map(|s| Content::Line(template(&s))),
        source().prop_map(|s| Content::File(template(&s))),
        (source(), prop::collection::vec(piece, 0..4)).prop_map(|(s, pieces)| {
            Content::Multiline(Multiline {
                kind: MultilineKind::GraphQl,
                text: template(&s),
                variables: Some(Json { pieces }),
            })
        }),
    ]
}

fn an_answer() -> impl Strategy<Value = Answer> {
    let header = (
        prop::sample::select(
            &[
                "A",
                "Content-Type",
                "Content-Encoding",
                "Set-Cookie",
                "Location",
            ][..],
        ),
        prop_oneof![
            source(),
            prop::sample::select(
                &[
                    "text/html",
                    "application/json; charset=latin1",
                    "gzip",
                    "br, gzip",
                    "a=b; Expires=x"
                ][..]
            )
            .prop_map(str::to_owned),
        ],
    );
    let headers = prop::collection::vec(header, 0..4);
    let body = prop_oneof![
        source().prop_map(String::into_bytes),
        prop::collection::vec(any::<u8>(), 0..40),
        Just(b"<html><a>1</a><p>x".to_vec()),
        Just(b"{\"a\":[1,2.5,\"x\",null,{\"b\":99999999999999999999}]}".to_vec()),
    ];
    (headers, body, any::<u16>(), any::<u64>()).prop_map(|(headers, body, status, millis)| {
        let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let mut answer = answer("", &headers);
        answer.body = body;
        answer.status = status;
        answer.duration = Duration::from_millis(millis);
        answer.certificate = Some(answer.body.clone());
        answer
    })
}

proptest! {
    #[test]
    fn any_program_ends(
        asserts in prop::collection::vec(an_assert(), 1..4),
        content in a_body(),
        header in (source(), source()),
        answers in prop::collection::vec(an_answer(), 1..3),
        any_value in value(),
    ) {
        let span = Span::default();
        let captures = asserts.iter().map(|a| Capture {
            name: template("name"),
            query: a.query.clone(),
            filters: a.filters.clone(),
            redact: a.predicate.not,
            span,
        });
        let response = Response {
            span,
            version: Spanned::new(Version::Http2, span),
            status: Spanned::new(Some(200), span),
            headers: vec![Pair { key: template(&header.0), value: template(&header.1), span }],
            captures: captures.collect(),
            asserts,
            body: Some(Body { span, content }),
        };
        let given = [
            ("any", any_value),
            ("text", Value::Text("text".to_owned())),
            ("list", Value::List(vec![Value::Null])),
            ("big", Value::Number(Number::Big("1".repeat(30)))),
        ];
        with(&answers, &given, |scene| {
            let misses = judge(&response, scene);
            prop_assert!(misses.iter().all(|m| m.actual.chars().count() < 3000));
            judge_status(&response, &answers[0]);
            for line in &response.captures {
                let _ = capture(line, scene);
            }
            Ok(())
        })?;
        let file = hurl::ast::File {
            entries: vec![hurl::ast::Entry {
                span,
                request: hurl::ast::Request {
                    method: Spanned::new("GET".to_owned(), span),
                    url: template("http://a"),
                    headers: vec![],
                    options: vec![],
                    query: vec![],
                    form: vec![],
                    multipart: vec![],
                    cookies: vec![],
                    basic_auth: None,
                    body: None,
                },
                response: Some(response),
            }],
        };
        check(&file);
    }

    #[test]
    fn any_two_values_compare_as_their_turned_round_selves(a in value(), b in value()) {
        prop_assert_eq!(a == b, b == a);
        let (there, back) = (a.order(&b), b.order(&a));
        let reverse = match there {
            crate::value::Order::Known(order) => crate::value::Order::Known(order.reverse()),
            other => other,
        };
        prop_assert_eq!(back, reverse);
    }
}
