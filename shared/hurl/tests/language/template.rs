use greenlight_hurl::ast::{Expression, Piece};

use crate::{assert, each_is_bad, marked, request, shown};

#[test]
fn texts_without_quotes() {
    let table = [
        ("a b", "a b"),
        ("a  # c", "a"),
        (r"\#\`\/\\\b\n\f\r\t\u{1F600}", "#`/\\\u{8}\n\u{c}\r\t😀"),
        (r#"\""#, "\""),
        (r"a\u{20}", "a "),
        ("{a}", "{a}"),
        ("{ {a}}", "{ {a}}"),
        (r"\u{7b}{a}}", "{{a}}"),
        ("a{{b}}c{{d}}{{e}}", "a<b>c<d><e>"),
        ("{{ b-_é9  }}", "<b-_é9>"),
        // As in the `hurl` command: what follows the name means nothing.
        ("{{a b}}", "<a>"),
        ("{{a}b}", "<a>"),
        ("{{a}}{", "<a>{"),
        ("{{newUuid}}{{newDate}}", "<newUuid()><newDate()>"),
        ("{{newUuids}}", "<newUuids>"),
        ("", ""),
    ];
    for (text, expected) in table {
        for start in ["GET ", "GET http://h\nk: ", "GET http://h\n[Query]\nk: "] {
            let request = request(&format!("{start}{text}\n"));
            let pairs = [request.headers, request.query].concat();
            let template = pairs.first().map_or(&request.url, |pair| &pair.value);
            assert_eq!(shown::template(template), expected, "{start}{text}");
        }
    }
}

#[test]
fn texts_in_quotes() {
    let table = [
        (r#""a # b""#, r#"Body | == "a # b""#),
        (r#""""#, r#"Body | == """#),
        (r#""\"\`\u{e9}""#, r#"Body | == "\"`é""#),
        (r#""{{a}} {{ b }}""#, r#"Body | == "<a> <b>""#),
        ("`a \" b`", r#"Body | == "a \" b""#),
        ("``", r#"Body | == """#),
        (r"`\n{{a}}`", r#"Body | == "\n<a>""#),
    ];
    for (text, expected) in table {
        let found = shown::assert(&assert(&format!("body == {text}")));
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn places_are_those_of_the_text() {
    let text = "GET http://é/{{ host }}/x  # c\n\u{20}K\\:{{k}} : v {{w}}\n";
    let request = request(text);
    assert_eq!(marked(text, request.url.span), "http://é/{{ host }}/x");
    assert_eq!(marked(text, request.method.span), "GET");
    let Some(Piece::Placeholder(host)) = request.url.pieces.get(1) else {
        panic!("{:?}", request.url)
    };
    assert_eq!(marked(text, host.span), "{{ host }}");
    assert_eq!(host.value, Expression::Variable("host".to_owned()));
    let header = &request.headers[0];
    assert_eq!(marked(text, header.key.span), "K\\:{{k}}");
    assert_eq!(marked(text, header.value.span), "v {{w}}");
    assert_eq!(marked(text, header.span), "K\\:{{k}} : v {{w}}");
}

#[test]
fn what_is_no_text() {
    let closed = "the placeholder is not closed, expected }}";
    each_is_bad(&[
        (
            "GET a\\z",
            "1:6: \\z: expected an escape that is known here",
        ),
        (
            "GET a\\",
            "1:6: \\: expected a character after the backslash",
        ),
        (
            "GET \\u41",
            "1:5: \\u: expected a number between braces after \\u, as in \\u{e9}",
        ),
        ("GET \\u{}", "1:8: }: expected hexadecimal digits"),
        (
            "GET \\u{d800}",
            "1:5: \\u{d800: expected the number of a Unicode character",
        ),
        (
            "GET \\u{100000041}",
            "1:5: \\u{100000041: expected the number of a Unicode character",
        ),
        (
            "GET \\u{41",
            "1:10: : expected a closing brace after the digits",
        ),
        ("GET {{a", &format!("1:5: {{{{a: {closed}")),
        ("GET {{a}", &format!("1:5: {{{{a}}: {closed}")),
        ("GET {{a#}}", &format!("1:5: {{{{a: {closed}")),
        (
            "GET {{ }}",
            "1:8: }: expected a variable's name: letters, digits, - and _",
        ),
        (
            "GET {{{a}}}",
            "1:7: {: expected a variable's name: letters, digits, - and _",
        ),
        (
            "GET h\n{{a b}}: c",
            "2:5: b: expected }} after the variable's name",
        ),
        (
            "GET h\nHTTP 200\n[Asserts]\nbody == \"a\tb\"",
            "4:11: \t: a tab can't stand in a string",
        ),
        (
            "GET h\nHTTP 200\n[Asserts]\nbody == \"ab\n",
            "4:9: \"ab: the string is not closed, expected its second quote",
        ),
        (
            "GET h\nHTTP 200\n[Asserts]\nbody == `ab",
            "4:9: `ab: the string is not closed, expected its second quote",
        ),
    ]);
}
