use hurl::ast::{Multiline, MultilineKind, Number, PredicateKind as P};

use super::*;
use crate::testing::{
    answer, big, bytes, date, float, int, list, operand, placeholder, predicate, regex, template,
    text, with,
};

/// How a predicate ends: without `not` and with it.
#[derive(Debug, PartialEq)]
enum End {
    /// It holds, and fails with `not`.
    Holds,
    /// It fails, and holds with `not`.
    Fails,
    /// It fails either way, since types don't fit.
    Mismatch,
    /// It can't be evaluated, either way.
    Fault,
}

fn given() -> Vec<(&'static str, Value)> {
    vec![
        ("three", int(3)),
        ("date", date("2024-01-31T12:00:00Z")),
        ("list", list(&[int(1)])),
        ("object", Value::Object(vec![("a".to_owned(), int(1))])),
        ("flag", Value::Present),
    ]
}

fn end(kind: &P, value: Option<&Value>) -> End {
    with(&[answer("", &[])], &given(), |scene| {
        let plain = judge(&predicate(false, kind.clone()), value, scene);
        let not = judge(&predicate(true, kind.clone()), value, scene);
        match (plain, not) {
            (Ok(None), Ok(Some(_))) => End::Holds,
            (Ok(Some(_)), Ok(None)) => End::Fails,
            (Ok(Some(a)), Ok(Some(b))) => {
                assert!(a.remedy.is_some() && b.remedy.is_some());
                End::Mismatch
            }
            (Err(_), Err(_)) => End::Fault,
            _ => panic!("{kind:?} on {value:?} is neither"),
        }
    })
}

#[track_caller]
fn table(cases: Vec<(Value, P, End)>) {
    for (value, kind, expected) in cases {
        assert_eq!(end(&kind, Some(&value)), expected, "{value} {kind:?}");
    }
}

fn t(source: &str) -> Operand {
    operand(OperandValue::Text(template(source)))
}

fn n(number: i64) -> Operand {
    operand(OperandValue::Number(Number::Integer(number)))
}

fn f(number: f64) -> Operand {
    operand(OperandValue::Number(Number::Float(number)))
}

fn b(digits: &str) -> Operand {
    operand(OperandValue::Number(Number::Big(digits.to_owned())))
}

fn v(name: &str) -> Operand {
    operand(OperandValue::Placeholder(placeholder(name)))
}

fn hex(bytes: &[u8]) -> Operand {
    operand(OperandValue::Hex(bytes.to_vec()))
}

fn null() -> Operand {
    operand(OperandValue::Null)
}

#[test]
fn equality() {
    table(vec![
        (int(3), P::Equal(n(3)), End::Holds),
        (int(3), P::Equal(f(3.0)), End::Holds),
        (float(3.0), P::Equal(n(3)), End::Holds),
        (float(3.5), P::Equal(n(3)), End::Fails),
        (int(3), P::Equal(t("3")), End::Fails),
        (text("3"), P::Equal(n(3)), End::Fails),
        (text("3"), P::Equal(t("{{three}}")), End::Holds),
        (int(3), P::Equal(v("three")), End::Holds),
        (
            big("100000000000000000000"),
            P::Equal(b("100000000000000000000")),
            End::Holds,
        ),
        (big("100000000000000000000"), P::Equal(f(1e20)), End::Holds),
        (float(f64::NAN), P::Equal(n(3)), End::Fails),
        (Value::Null, P::Equal(null()), End::Holds),
        (text("null"), P::Equal(null()), End::Fails),
        (
            Value::Bool(true),
            P::Equal(operand(OperandValue::Bool(true))),
            End::Holds,
        ),
        (Value::Bool(true), P::Equal(t("true")), End::Fails),
        (bytes(b"ab"), P::Equal(hex(b"ab")), End::Holds),
        (bytes(b"ab"), P::Equal(t("ab")), End::Fails),
        (
            bytes(&[1, 2, 3]),
            P::Equal(operand(OperandValue::File(template("there.bin")))),
            End::Holds,
        ),
        (
            bytes(&[1]),
            P::Equal(operand(OperandValue::File(template("gone.bin")))),
            End::Fault,
        ),
        (
            bytes(&[1]),
            P::Equal(operand(OperandValue::File(template("other.bin")))),
            End::Fault,
        ),
        (
            date("2024-01-31T13:00:00+01:00"),
            P::Equal(v("date")),
            End::Holds,
        ),
        (list(&[float(1.0)]), P::Equal(v("list")), End::Holds),
        (list(&[]), P::Equal(v("list")), End::Fails),
        (
            Value::Object(vec![("a".into(), float(1.0))]),
            P::Equal(v("object")),
            End::Holds,
        ),
        (Value::Nodes(3), P::Equal(n(3)), End::Fails),
        (Value::Present, P::Equal(v("flag")), End::Holds),
        (
            Value::Present,
            P::Equal(operand(OperandValue::Bool(true))),
            End::Fails,
        ),
        (
            text("a"),
            P::Equal(operand(OperandValue::Regex(regex("a")))),
            End::Fails,
        ),
        (text("a"), P::Equal(v("nope")), End::Fault),
        (text("a"), P::Equal(t("{{list}}")), End::Fault),
        (int(3), P::NotEqual(n(3)), End::Fails),
        (int(3), P::NotEqual(t("3")), End::Holds),
    ]);
}

#[test]
fn strings_of_several_lines() {
    let lines = |kind, source| {
        let text = template(source);
        let variables = None;
        operand(OperandValue::Multiline(Multiline {
            kind,
            text,
            variables,
        }))
    };
    table(vec![
        (
            text("a\n3\n"),
            P::Equal(lines(MultilineKind::Text, "a\n{{three}}\n")),
            End::Holds,
        ),
        (
            text("a\n{{three}}\n"),
            P::Equal(lines(MultilineKind::Raw, "a\n{{three}}\n")),
            End::Holds,
        ),
        (
            text("{\"query\":\"{ a\\n}\"}"),
            P::Equal(lines(MultilineKind::GraphQl, "{ a\n}\n")),
            End::Holds,
        ),
    ]);
}

#[test]
fn order() {
    table(vec![
        (int(3), P::Greater(n(2)), End::Holds),
        (int(3), P::Greater(n(3)), End::Fails),
        (int(3), P::GreaterOrEqual(f(3.0)), End::Holds),
        (float(2.5), P::Less(n(3)), End::Holds),
        (float(3.5), P::LessOrEqual(n(3)), End::Fails),
        (big("100000000000000000000"), P::Greater(n(9)), End::Holds),
        (big("100000000000000000000"), P::Less(n(9)), End::Fails),
        (float(f64::NAN), P::GreaterOrEqual(n(3)), End::Fails),
        (float(f64::NAN), P::LessOrEqual(n(3)), End::Fails),
        (text("b"), P::Greater(t("a")), End::Holds),
        (text("10"), P::Less(t("9")), End::Holds),
        (date("2024-01-30T12:00:00Z"), P::Less(v("date")), End::Holds),
        (text("3"), P::Greater(n(2)), End::Mismatch),
        (int(3), P::Greater(t("2")), End::Mismatch),
        (
            Value::Bool(true),
            P::Greater(operand(OperandValue::Bool(false))),
            End::Mismatch,
        ),
        (Value::Null, P::LessOrEqual(null()), End::Mismatch),
        (bytes(b"b"), P::Greater(hex(b"a")), End::Mismatch),
        (Value::Nodes(3), P::Greater(n(2)), End::Mismatch),
    ]);
}

#[test]
fn parts() {
    let abc = || text("abc");
    let values = || list(&[int(1), text("a"), Value::Null]);
    table(vec![
        (abc(), P::StartsWith(t("ab")), End::Holds),
        (abc(), P::StartsWith(t("b")), End::Fails),
        (abc(), P::StartsWith(n(1)), End::Mismatch),
        (bytes(b"abc"), P::StartsWith(hex(b"ab")), End::Holds),
        (bytes(b"abc"), P::StartsWith(t("ab")), End::Mismatch),
        (values(), P::StartsWith(n(1)), End::Mismatch),
        (abc(), P::EndsWith(t("bc")), End::Holds),
        (abc(), P::EndsWith(t("")), End::Holds),
        (bytes(b"abc"), P::EndsWith(hex(b"bc")), End::Holds),
        (bytes(b"abc"), P::EndsWith(hex(b"b")), End::Fails),
        (int(12), P::EndsWith(n(2)), End::Mismatch),
        (abc(), P::Contains(t("b")), End::Holds),
        (abc(), P::Contains(t("")), End::Holds),
        (abc(), P::Contains(t("x")), End::Fails),
        (abc(), P::Contains(n(1)), End::Mismatch),
        (bytes(b"abab"), P::Contains(hex(b"ba")), End::Holds),
        (bytes(b"abab"), P::Contains(hex(b"bb")), End::Fails),
        (bytes(b"aab"), P::Contains(hex(b"ab")), End::Holds),
        (bytes(b""), P::Contains(hex(b"b")), End::Fails),
        (bytes(b"a"), P::Contains(hex(b"")), End::Fault),
        (values(), P::Contains(f(1.0)), End::Holds),
        (values(), P::Contains(null()), End::Holds),
        (values(), P::Contains(t("1")), End::Fails),
        (
            Value::Object(vec![("a".into(), int(1))]),
            P::Contains(t("a")),
            End::Mismatch,
        ),
        (Value::Nodes(1), P::Contains(t("a")), End::Mismatch),
        (values(), P::Includes(n(1)), End::Holds),
        (values(), P::Includes(t("b")), End::Fails),
        (abc(), P::Includes(t("a")), End::Mismatch),
        (abc(), P::Matches(t("^a.c$")), End::Holds),
        (abc(), P::Matches(t("^b")), End::Fails),
        (
            abc(),
            P::Matches(operand(OperandValue::Regex(regex("B|c")))),
            End::Holds,
        ),
        (abc(), P::Matches(t("(")), End::Fault),
        (int(1), P::Matches(t("(")), End::Fault),
        (int(1), P::Matches(t("1")), End::Mismatch),
        (abc(), P::Matches(n(1)), End::Mismatch),
    ]);
}

#[test]
fn types() {
    let object = || Value::Object(vec![]);
    table(vec![
        (Value::Bool(false), P::IsBoolean, End::Holds),
        (text("true"), P::IsBoolean, End::Fails),
        (int(1), P::IsInteger, End::Holds),
        (big("99999999999999999999"), P::IsInteger, End::Holds),
        (float(1.0), P::IsInteger, End::Fails),
        (float(1.0), P::IsFloat, End::Holds),
        (int(1), P::IsFloat, End::Fails),
        (int(1), P::IsNumber, End::Holds),
        (float(1.0), P::IsNumber, End::Holds),
        (text("1"), P::IsNumber, End::Fails),
        (text("1"), P::IsString, End::Holds),
        (Value::Null, P::IsString, End::Fails),
        (date("2024-01-31T12:00:00Z"), P::IsDate, End::Holds),
        (text("2024-01-31T12:00:00Z"), P::IsDate, End::Fails),
        (list(&[]), P::IsList, End::Holds),
        (bytes(b""), P::IsList, End::Holds),
        (Value::Nodes(1), P::IsList, End::Fails),
        (object(), P::IsObject, End::Holds),
        (Value::Nodes(0), P::IsObject, End::Holds),
        (list(&[]), P::IsObject, End::Fails),
        (list(&[]), P::IsCollection, End::Holds),
        (bytes(b""), P::IsCollection, End::Holds),
        (Value::Nodes(1), P::IsCollection, End::Holds),
        (object(), P::IsCollection, End::Holds),
        (text(""), P::IsCollection, End::Fails),
        (text("127.0.0.1"), P::IsIpv4, End::Holds),
        (text("::1"), P::IsIpv4, End::Fails),
        (int(1), P::IsIpv4, End::Mismatch),
        (text("::1"), P::IsIpv6, End::Holds),
        (Value::Null, P::IsIpv6, End::Mismatch),
        (text("2024-01-31T12:00:00Z"), P::IsIsoDate, End::Holds),
        (text("2024-01-31"), P::IsIsoDate, End::Fails),
        (date("2024-01-31T12:00:00Z"), P::IsIsoDate, End::Mismatch),
        (
            text("67e55044-10b1-426f-9247-bb680e5fe0c8"),
            P::IsUuid,
            End::Holds,
        ),
        (text("67e55044"), P::IsUuid, End::Fails),
        (int(1), P::IsUuid, End::Mismatch),
    ]);
}

#[test]
fn presence_and_emptiness() {
    table(vec![
        (Value::Null, P::Exists, End::Holds),
        (text(""), P::Exists, End::Holds),
        (Value::Present, P::Exists, End::Holds),
        (list(&[]), P::Exists, End::Holds),
        (Value::Nodes(1), P::Exists, End::Holds),
        (Value::Nodes(0), P::Exists, End::Fails),
        (text(""), P::IsEmpty, End::Holds),
        (text("a"), P::IsEmpty, End::Fails),
        (list(&[]), P::IsEmpty, End::Holds),
        (bytes(b""), P::IsEmpty, End::Holds),
        (Value::Object(vec![]), P::IsEmpty, End::Holds),
        (Value::Nodes(0), P::IsEmpty, End::Holds),
        (Value::Nodes(1), P::IsEmpty, End::Fails),
        (Value::Null, P::IsEmpty, End::Mismatch),
        (int(0), P::IsEmpty, End::Mismatch),
        (Value::Present, P::IsEmpty, End::Mismatch),
    ]);
}

#[test]
fn of_nothing_only_what_is_turned_round_holds() {
    for kind in [
        P::Exists,
        P::IsEmpty,
        P::IsInteger,
        P::IsIpv4,
        P::Equal(n(1)),
        P::Equal(null()),
        P::NotEqual(n(1)),
        P::Greater(n(1)),
        P::StartsWith(t("a")),
        P::Contains(t("a")),
        P::Matches(t("(")),
        P::Matches(operand(OperandValue::Regex(regex("a")))),
    ] {
        assert_eq!(end(&kind, None), End::Fails, "{kind:?}");
    }
    assert_eq!(end(&P::Equal(v("nope")), None), End::Fault);
    assert_eq!(end(&P::NotEqual(t("{{list}}")), None), End::Fault);
}

#[test]
fn what_is_wrong_is_said_in_words() {
    let cases = [
        (
            false,
            P::Equal(n(4)),
            Some(int(3)),
            "integer <4>",
            "integer <3>",
            "",
        ),
        (
            true,
            P::Equal(n(3)),
            Some(int(3)),
            "not integer <3>",
            "integer <3>",
            "",
        ),
        (
            false,
            P::Equal(n(3)),
            Some(text("3")),
            "integer <3>",
            "string <3>",
            "string and integer are never equal",
        ),
        (
            false,
            P::Greater(f(4.0)),
            Some(int(3)),
            "greater than float <4.0>",
            "integer <3>",
            "",
        ),
        (
            true,
            P::Contains(t("a")),
            Some(int(3)),
            "not containing string <a>",
            "integer <3>",
            "works on a list",
        ),
        (false, P::Exists, None, "something", "nothing", ""),
        (
            false,
            P::Matches(operand(OperandValue::Regex(regex("a/b")))),
            Some(text("x")),
            "matching regex </a/b/>",
            "string <x>",
            "",
        ),
        (
            false,
            P::IsEmpty,
            Some(list(&[int(1), text("a")])),
            "empty",
            "list <[1, a]>",
            "",
        ),
        (
            true,
            P::IsObject,
            Some(Value::Nodes(2)),
            "not an object or nodes",
            "nodeset <2>",
            "",
        ),
    ];
    for (not, kind, value, expected, actual, remedy) in cases {
        with(&[answer("", &[])], &[], |scene| {
            let predicate = predicate(not, kind);
            let wrong = judge(&predicate, value.as_ref(), scene).unwrap().unwrap();
            assert_eq!(
                (wrong.expected.as_str(), wrong.actual.as_str()),
                (expected, actual)
            );
            let said = wrong.remedy.unwrap_or_default();
            assert!(
                said.contains(remedy) && said.is_empty() == remedy.is_empty(),
                "{said}"
            );
        });
    }
}
