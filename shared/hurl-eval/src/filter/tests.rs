use hurl::ast::{FilterKind as F, Pattern, Setting};

use super::*;
use crate::testing::{
    answer, big, bytes, date, filter, float, int, list, pattern, placeholder, regex, template,
    text, with,
};

fn run_one(kind: F, input: &Value) -> Result<Option<Value>, Fault> {
    let given = [
        ("n", int(1)),
        ("word", text("b")),
        ("many", list(&[])),
        ("f", float(1.0)),
    ];
    with(&[answer("", &[])], &given, |scene| {
        run(&[filter(kind)], Some(input.clone()), scene)
    })
}

/// Each case: a filter, its input, and what comes out.
#[track_caller]
fn give(cases: Vec<(F, Value, Value)>) {
    for (kind, input, expected) in cases {
        let shown = format!("{input} {kind:?}");
        let found = run_one(kind, &input);
        let equal =
            matches!((&found, &expected), (Ok(Some(f)), e) if f == e && f.kind() == e.kind());
        assert!(equal, "{shown}: {found:?} is not {expected:?}");
    }
}

/// Each case: a filter, its input, and a part of the fault.
#[track_caller]
fn refuse(cases: Vec<(F, Value, &str)>) {
    for (kind, input, part) in cases {
        let shown = format!("{input} {kind:?}");
        let fault = run_one(kind, &input).expect_err(&shown).what;
        assert!(fault.contains(part), "{shown}: {fault}");
    }
}

#[test]
fn conversions() {
    give(vec![
        (F::ToInt, text("12"), int(12)),
        (F::ToInt, text("+12"), int(12)),
        (F::ToInt, int(12), int(12)),
        (F::ToInt, float(-1.9), int(-1)),
        (F::ToInt, float(1e300), int(i64::MAX)),
        (F::ToInt, float(f64::NAN), int(0)),
        (F::ToFloat, text("1.5"), float(1.5)),
        (F::ToFloat, text("1e3"), float(1000.0)),
        (F::ToFloat, int(2), float(2.0)),
        (F::ToFloat, float(2.5), float(2.5)),
        (F::ToString, int(-3), text("-3")),
        (F::ToString, float(1.0), text("1.0")),
        (F::ToString, float(-1.5), text("-1.5.0")),
        (
            F::ToString,
            big("99999999999999999999"),
            text("99999999999999999999"),
        ),
        (F::ToString, Value::Bool(true), text("true")),
        (F::ToString, Value::Null, text("null")),
        (F::ToString, text("a"), text("a")),
        (
            F::ToString,
            date("2024-01-31T12:00:00.123456789Z"),
            text("2024-01-31T12:00:00.123456Z"),
        ),
    ]);
    refuse(vec![
        (F::ToInt, text("1.5"), "string <1.5> is no integer"),
        (F::ToInt, text(" 1"), "is no integer"),
        (F::ToInt, text(""), "is no integer"),
        (
            F::ToInt,
            big("99999999999999999999"),
            "its input is integer <9999",
        ),
        (F::ToInt, Value::Null, "its input is null"),
        (F::ToFloat, text("x"), "string <x> is no number"),
        (F::ToFloat, big("99999999999999999999"), "its input is"),
        (F::ToFloat, list(&[]), "its input is list <[]>"),
        (F::ToString, list(&[]), "its input is list"),
        (F::ToString, bytes(b"a"), "its input is bytes <61>"),
        (F::ToString, Value::Object(vec![]), "its input is object"),
        (F::ToString, Value::Nodes(1), "its input is nodeset"),
        (F::ToString, Value::Present, "its input is presence"),
        (
            F::ToString,
            Value::Regex(regex("a")),
            "its input is regex </a/>",
        ),
    ]);
}

#[test]
fn lists() {
    let abc = || list(&[text("a"), int(2), Value::Null]);
    let nth = |n| F::Nth(Setting::Literal(n));
    let nth_of = |name| F::Nth(Setting::Placeholder(placeholder(name)));
    give(vec![
        (F::Count, abc(), int(3)),
        (F::Count, list(&[]), int(0)),
        (F::Count, bytes(b"four"), int(4)),
        (F::Count, Value::Nodes(7), int(7)),
        (F::First, abc(), text("a")),
        (F::Last, abc(), Value::Null),
        (nth(0), abc(), text("a")),
        (nth(1), abc(), int(2)),
        (nth(-1), abc(), Value::Null),
        (nth(-3), abc(), text("a")),
        (nth_of("n"), abc(), int(2)),
        (
            F::Split(template(",")),
            text("a,b,,"),
            list(&["a", "b", "", ""].map(text)),
        ),
        (
            F::Split(template("{{word}}")),
            text("abc"),
            list(&["a", "c"].map(text)),
        ),
        (
            F::Split(template("")),
            text("ab"),
            list(&["", "a", "b", ""].map(text)),
        ),
        (F::Split(template(",")), text(""), list(&[text("")])),
    ]);
    refuse(vec![
        (F::Count, text("abc"), "its input is string <abc>"),
        (F::Count, Value::Object(vec![]), "its input is object"),
        (F::First, list(&[]), "the list is empty"),
        (F::Last, list(&[]), "the list is empty"),
        (F::First, bytes(b"a"), "its input is bytes"),
        (F::Last, Value::Nodes(2), "its input is nodeset"),
        (nth(3), abc(), "there is no element 3 in a list of 3"),
        (nth(-4), abc(), "there is no element -4 in a list of 3"),
        (nth(i64::MIN), abc(), "there is no element"),
        (nth(i64::MAX), abc(), "there is no element"),
        (nth(0), text("abc"), "its input is string"),
        (nth_of("f"), abc(), "its number is float <1.0>"),
        (nth_of("nope"), abc(), "\"nope\" is not defined"),
        (F::Split(template(",")), int(1), "its input is integer <1>"),
        (F::Split(template("{{many}}")), text("a"), "type list"),
    ]);
}

#[test]
fn texts() {
    let replace = |old, new| F::Replace {
        old: template(old),
        new: template(new),
    };
    let replace_regex = |old, new| F::ReplaceRegex {
        pattern: pattern(old),
        new: template(new),
    };
    let url = "https://a.b/c?x=1&y=%C3%BC+%20z&x=2&empty=&none";
    let param = |name| F::UrlQueryParam(template(name));
    give(vec![
        (replace("a", "bb"), text("banana"), text("bbbnbbnbb")),
        (replace("", "-"), text("ab"), text("-a-b-")),
        (replace("{{word}}", "{{n}}"), text("abc"), text("a1c")),
        (replace_regex(r"\d+", "N"), text("a1b22"), text("aNbN")),
        (
            replace_regex(r"(\w)(\d)", "$2$1"),
            text("a1 b2"),
            text("1a 2b"),
        ),
        (
            replace_regex(r"(?<w>\w)", "[${w}$0$$]"),
            text("a"),
            text("[aa$]"),
        ),
        (replace_regex("x*", "-"), text("aü"), text("-a-ü-")),
        (F::Regex(pattern(r"a(\d+)")), text("xa12"), text("12")),
        (
            F::Regex(Pattern::Literal(regex("(.)b"))),
            text("ab"),
            text("a"),
        ),
        (param("x"), text(url), text("1")),
        (param("y"), text(url), text("ü  z")),
        (param("empty"), text(url), text("")),
        (param("none"), text(url), text("")),
        (F::Location, redirect(Some("http://b/")), text("http://b/")),
    ]);
    for (kind, input) in [
        (F::Regex(pattern("a(.)")), text("b")),
        (F::Regex(pattern("a")), text("a")),
        (F::Regex(pattern("a|(b)")), text("a")),
        (param("z"), text(url)),
        (F::Location, redirect(None)),
    ] {
        assert_eq!(run_one(kind.clone(), &input), Ok(None), "{kind:?}");
    }
    refuse(vec![
        (replace("a", "b"), int(1), "its input is integer"),
        (
            replace_regex("(", "b"),
            text(""),
            "not a regular expression",
        ),
        (F::Regex(pattern("a")), bytes(b"a"), "its input is bytes"),
        (
            F::Regex(pattern("a{9999}{9999}")),
            text("a"),
            "not a regular expression",
        ),
        (param("x"), text("/c?x=1"), "it must begin with http"),
        (param("x"), text("http://"), "is no URL"),
        (F::Location, text("http://b/"), "its input is string"),
        (
            replace("", "{{word}}"),
            text(&"a".repeat(65 << 20)),
            "longer than 64 MiB",
        ),
    ]);
}

fn redirect(location: Option<&str>) -> Value {
    Value::Redirect {
        url: "http://a/".to_owned(),
        status: 302,
        location: location.map(str::to_owned),
    }
}

#[test]
fn encodings() {
    give(vec![
        (F::Base64Encode, bytes(b"\xff\xfe?"), text("//4/")),
        (F::Base64Encode, bytes(b"a"), text("YQ==")),
        (F::Base64Decode, text("//4/"), bytes(b"\xff\xfe?")),
        (F::Base64Decode, text(""), bytes(b"")),
        (F::Base64UrlSafeEncode, bytes(b"\xff\xfe?a"), text("__4_YQ")),
        (F::Base64UrlSafeDecode, text("__4_YQ"), bytes(b"\xff\xfe?a")),
        (F::ToHex, bytes(b"\x00\xab"), text("00ab")),
        (F::Utf8Encode, text("ü"), bytes(b"\xc3\xbc")),
        (F::Utf8Decode, bytes(b"\xc3\xbc\xff"), text("ü\u{fffd}")),
        (
            F::CharsetDecode(template("utf-8")),
            bytes(b"\xc3\xbc"),
            text("ü"),
        ),
        (F::Decode(template("utf-8")), bytes(b"a"), text("a")),
        (F::UrlEncode, text("a b/ü?&~"), text("a%20b/%C3%BC%3F%26~")),
        (F::UrlDecode, text("a%20b+%C3%BC%zz"), text("a b+ü%zz")),
        (
            F::HtmlEscape,
            text("<a b='c'>&\""),
            text("&lt;a b=&#x27;c&#x27;&gt;&amp;&quot;"),
        ),
        (F::HtmlUnescape, text("&lt;&#x27;&eacute;"), text("<'é")),
    ]);
    refuse(vec![
        (F::Base64Encode, text("a"), "its input is string"),
        (F::Base64Decode, text("YQ"), "its input is no base64"),
        (F::Base64Decode, text("Y Q=="), "its input is no base64"),
        (F::Base64Decode, bytes(b"a"), "its input is bytes"),
        (
            F::Base64UrlSafeDecode,
            text("YQ=="),
            "base64UrlSafeDecode: its input",
        ),
        (
            F::Base64UrlSafeDecode,
            text("//4/"),
            "its input is no base64",
        ),
        (F::ToHex, text("a"), "its input is string"),
        (F::Utf8Encode, bytes(b"a"), "its input is bytes"),
        (F::Utf8Decode, text("a"), "its input is string"),
        (
            F::CharsetDecode(template("utf-8")),
            text("a"),
            "its input is string",
        ),
        (
            F::CharsetDecode(template("nope")),
            bytes(b"a"),
            "charsetDecode: ",
        ),
        (F::UrlEncode, int(1), "its input is integer"),
        (F::UrlDecode, Value::Null, "its input is null"),
        (F::HtmlEscape, int(1), "its input is integer"),
        (F::HtmlUnescape, int(1), "its input is integer"),
    ]);
}

#[test]
fn dates() {
    let to = |format| F::ToDate(template(format));
    let format = |format| F::DateFormat(template(format));
    let noon = || date("2024-01-31T12:00:00Z");
    give(vec![
        (
            to("%Y-%m-%dT%H:%M:%S%z"),
            text("2024-01-31T14:00:00+0200"),
            noon(),
        ),
        (to("%+"), text("2024-01-31T12:00:00Z"), noon()),
        (to("%Y-%m-%d %H:%M:%S"), text("2024-01-31 12:00:00"), noon()),
        (
            to("%d/%m/%Y"),
            text("31/01/2024"),
            date("2024-01-31T00:00:00Z"),
        ),
        (to("%s"), text("1706702400"), noon()),
        (
            format("%a, %d %b %Y %H:%M:%S %z"),
            noon(),
            text("Wed, 31 Jan 2024 12:00:00 +0000"),
        ),
        (F::Format(template("{{word}}%%%Y")), noon(), text("b%2024")),
        (format(""), noon(), text("")),
        (F::DaysAfterNow, date("2024-06-18T11:59:59Z"), int(2)),
        (F::DaysAfterNow, date("2024-06-12T12:00:01Z"), int(-2)),
        (F::DaysBeforeNow, date("2024-06-12T12:00:00Z"), int(3)),
        (F::DaysBeforeNow, date("2024-06-16T11:00:00Z"), int(0)),
    ]);
    refuse(vec![
        (
            to("%Y-%m-%d"),
            text("31.01.2024"),
            "is no date of the format",
        ),
        (to("%H:%M"), text("12:00"), "is no date of the format"),
        (to("%Q"), text("%Q"), "is no date of the format"),
        (to("%Y"), int(2024), "its input is integer"),
        (format("%"), noon(), "is no date format"),
        (format("%Q"), noon(), "is no date format"),
        (format("%Y"), text("2024"), "its input is string"),
        (F::DaysAfterNow, text("2024"), "its input is string"),
        (F::DaysBeforeNow, int(1), "its input is integer"),
    ]);
}

#[test]
fn paths() {
    let path = |path| F::JsonPath(template(path));
    give(vec![
        (path("$.a"), text(r#"{"a":1}"#), int(1)),
        (path("$.{{word}}[*]"), text(r#"{"b":[1]}"#), int(1)),
        (
            path("$.b[*]"),
            text(r#"{"b":[1,2.5]}"#),
            list(&[int(1), float(2.5)]),
        ),
        (path("$.b"), text(r#"{"b":[1]}"#), list(&[int(1)])),
        (
            path("$"),
            text("18446744073709551615"),
            big("18446744073709551615"),
        ),
        (
            path("$"),
            text(r#"{"z":1,"a":{"y":2,"b":3}}"#),
            Value::Object(vec![
                (
                    "a".to_owned(),
                    Value::Object(vec![("b".to_owned(), int(3)), ("y".to_owned(), int(2))]),
                ),
                ("z".to_owned(), int(1)),
            ]),
        ),
    ]);
    assert_eq!(run_one(path("$.b"), &text("{}")), Ok(None));
    assert_eq!(run_one(path("$.b[*]"), &text(r#"{"b":[]}"#)), Ok(None));
    refuse(vec![
        (path("$.a"), text("{"), "its input is no JSON"),
        (path("$.a["), text("{}"), "not a JSONPath"),
        (path("$.a"), Value::Object(vec![]), "its input is object"),
        (F::XPath(template("//a")), int(1), "its input is integer"),
    ]);
}

#[test]
fn a_chain_goes_on_only_with_a_value() {
    let none = filter(F::Regex(pattern("x(.)")));
    let count = filter(F::Count);
    with(&[answer("", &[])], &[], |scene| {
        let input = Some(text("a"));
        assert_eq!(
            run(std::slice::from_ref(&none), input.clone(), scene),
            Ok(None)
        );
        let fault = run(&[none, count.clone()], input, scene).unwrap_err();
        assert_eq!(fault.what, "there is no value that count could work on");
        assert_eq!(fault.span, count.span);
        assert!(run(&[count], None, scene).is_err());
        assert_eq!(run(&[], None, scene), Ok(None));
    });
}
