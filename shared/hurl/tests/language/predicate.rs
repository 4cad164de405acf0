use greenlight_hurl::ast::{Operand, PredicateKind};

use crate::{assert, each_is_bad, marked, problem, response, shown};

#[test]
fn predicates() {
    let table = [
        ("== 1", "== Integer(1)"),
        ("==1 # c", "== Integer(1)"),
        ("!= \"a\"", "!= \"a\""),
        ("> 1.5", "> Float(1.5)"),
        (">= \"2024\"", ">= \"2024\""),
        ("< {{a}}", "< <a>"),
        ("<= -3", "<= Integer(-3)"),
        ("startsWith \"a\"", "StartsWith \"a\""),
        ("startsWith `a`", "StartsWith \"a\""),
        ("startsWith hex,00;", "StartsWith hex [00]"),
        ("endsWith base64,AA==;", "EndsWith base64 [00]"),
        ("contains \"a\"", "Contains \"a\""),
        ("contains {{a}}", "Contains <a>"),
        ("includes null", "Includes null"),
        ("matches \"a\"", "Matches \"a\""),
        (r"matches /^\d{2}$/", r"Matches /^\d{2}$/"),
        ("exists", "Exists"),
        ("isBoolean", "IsBoolean"),
        ("isCollection", "IsCollection"),
        ("isDate", "IsDate"),
        ("isEmpty", "IsEmpty"),
        ("isFloat", "IsFloat"),
        ("isInteger", "IsInteger"),
        ("isIpv4", "IsIpv4"),
        ("isIpv6", "IsIpv6"),
        ("isIsoDate", "IsIsoDate"),
        ("isList", "IsList"),
        ("isNumber", "IsNumber"),
        ("isObject", "IsObject"),
        ("isString", "IsString"),
        ("isUuid", "IsUuid"),
    ];
    for (text, expected) in table {
        let found = shown::assert(&assert(&format!("body {text}")));
        assert_eq!(found, format!("Body | {expected}"), "{text}");
        let found = shown::assert(&assert(&format!("body not \t{text}")));
        assert_eq!(found, format!("Body | not {expected}"), "{text}");
    }
}

#[test]
fn what_a_value_is_compared_with() {
    let table = [
        ("null", "null"),
        ("true", "true"),
        ("false", "false"),
        ("0", "Integer(0)"),
        ("-9223372036854775808", "Integer(-9223372036854775808)"),
        ("9223372036854775808", "big 9223372036854775808"),
        ("0.0", "Float(0.0)"),
        ("-1.25", "Float(-1.25)"),
        ("\"{{a}}\"", "\"<a>\""),
        ("`b`", "\"b\""),
        ("{{ a }}", "<a>"),
        ("{{newDate}}", "<newDate()>"),
        ("/a b/", "/a b/"),
        (r"/\//", "///"),
        ("hex,0aFF;", "hex [0a, ff]"),
        ("base64,AQI=;", "base64 [01, 02]"),
        (r"file,a\ b;", "file \"a b\""),
    ];
    for (text, expected) in table {
        let found = shown::assert(&assert(&format!("body == {text}")));
        assert_eq!(found, format!("Body | == {expected}"), "{text}");
    }
}

#[test]
fn an_operand_has_its_place() {
    for operand in ["12", "\"a b\"", "/a/", "{{ a }}", "hex,00;", "```\na\n```"] {
        let text = format!("HTTP 200\n[Asserts]\nbody contains  {operand} # c\n");
        let asserts = response(&text).asserts;
        let PredicateKind::Contains(Operand { span, .. }) = asserts[0].predicate.kind else {
            panic!()
        };
        assert_eq!(marked(&format!("GET http://h\n{text}"), span), operand);
    }
}

#[test]
fn what_is_no_predicate() {
    let bad = |line: &str, expected: &str| {
        let text = format!("GET http://h\nHTTP 200\n[Asserts]\nbody{line}");
        each_is_bad(&[(text.as_str(), expected)]);
    };
    let predicate = "expected a filter or a predicate such as == or exists";
    bad(
        "",
        "4:5: : expected a space, and a filter or a predicate such as == or exists",
    );
    bad(
        "== 1",
        "4:5: =: expected a space, and a filter or a predicate such as == or exists",
    );
    bad(" ", &format!("4:6: : {predicate}"));
    bad(" = 1", &format!("4:6: =: {predicate}, not \"=\""));
    bad(
        " equals 1",
        &format!("4:6: equals: {predicate}, not \"equals\""),
    );
    bad(" not", &format!("4:6: not: {predicate}, not \"not\""));
    bad(
        " not not exists",
        &format!("4:10: not: {predicate}, not \"not\""),
    );
    bad(
        " exists x",
        "4:13: x: expected the end of the line after the predicate",
    );
    bad(
        " existsx",
        "4:12: x: expected the end of the line after the predicate",
    );
    bad(" ==", "4:8: : expected a value");
    bad(" == abc", "4:9: abc: expected a value");
    bad(
        " == nullx",
        "4:13: x: expected the end of the line after the predicate",
    );
    bad(
        " == 1e5",
        "4:10: e5: expected the end of the line after the predicate",
    );
    bad(
        " == 01",
        "4:9: 01: expected a number without a zero before it",
    );
    bad(" == 1.", "4:11: : expected digits after the decimal point");
    bad(
        " > true",
        "4:8: true: expected a number, a string or a placeholder",
    );
    bad(
        " startsWith 1",
        "4:17: 1: expected a string in quotes, hex,…; or base64,…;",
    );
    bad(
        " startsWith\"a\"",
        "4:16: \": expected a space and a value after the predicate",
    );
    bad(
        " matches {{a}}",
        "4:14: {{a}}: expected a string in quotes, or /…/",
    );
    bad(
        " == -9223372036854775809",
        "4:9: -9223372036854775809: a whole number below -9223372036854775808 can't be compared",
    );
}

#[test]
fn what_was_meant_is_said() {
    let remedy = |line: &str| {
        let text = format!("GET http://h\nHTTP 200\n[Asserts]\n{line}");
        problem(&text).remedy.unwrap_or_default()
    };
    assert_eq!(remedy("statu == 1"), "did you mean status?");
    assert_eq!(remedy("body = 1"), "write ==");
    assert_eq!(remedy("body equals 1"), "write ==");
    assert_eq!(remedy("body countEquals 1"), "write count ==");
    assert_eq!(remedy("body startWith \"a\""), "did you mean startsWith?");
    assert_eq!(remedy("body cuont == 1"), "did you mean count?");
    assert_eq!(remedy("body == abc"), "put text in double quotes");
    assert_eq!(remedy("body flurb 1"), "");
}
