use greenlight_hurl::ast::{Body, Content};

use crate::{each_is_bad, marked, request, response, shown};

fn content(body: &Body) -> String {
    match &body.content {
        Content::Json(json) => format!("json {}", shown::json(json)),
        Content::Xml(text) => format!("xml {text}"),
        Content::Line(text) => format!("line {}", shown::template(text)),
        Content::Multiline(lines) => shown::multiline(lines),
        Content::Base64(bytes) => format!("base64 {}", String::from_utf8_lossy(bytes)),
        Content::Hex(bytes) => format!("hex {bytes:02x?}"),
        Content::File(name) => format!("file {}", shown::template(name)),
    }
}

#[test]
fn bodies_of_all_kinds() {
    let table = [
        ("{ }", "json { }"),
        ("\"a\"", "json \"a\""),
        ("-1.5 # c", "json -1.5"),
        ("null", "json null"),
        ("{{a}}", "json value<a>"),
        ("[ 1]", "json [ 1]"),
        ("<a/>", "xml <a/>"),
        ("`a{{b}}`", "line a<b>"),
        ("```\na\n```", "Text \"a\\n\""),
        ("base64,SGVsbG8=;", "base64 Hello"),
        ("base64, SGVs\n\tbG8 ;", "base64 Hello"),
        ("base64,SGVsbG8;", "base64 Hello"),
        ("base64,SGVsbG====;", "base64 Hell"),
        ("base64,S;", "base64 "),
        ("base64,;", "base64 "),
        ("hex,00fFAb;", "hex [00, ff, ab]"),
        ("hex, ;", "hex []"),
        ("file,a.bin;", "file a.bin"),
        (r"file, a\ {{b}} ;", "file a <b>"),
    ];
    for (text, expected) in table {
        for end in ["", "\n", " # c\r\n"] {
            let sent = request(&format!("POST http://h\n\n# c\n  {text}{end}")).body;
            assert_eq!(content(&sent.unwrap()), expected, "{text}");
            let wanted = response(&format!("HTTP 200\n[Asserts]\n{text}{end}")).body;
            assert_eq!(content(&wanted.unwrap()), expected, "{text}");
        }
    }
}

#[test]
fn a_body_has_its_place() {
    for body in ["{\n}", "<a>\n</a>", "```\nx\n```", "hex,00;"] {
        let text = format!("POST http://h\n {body} # c\nHTTP 200\n");
        let span = request(&text).body.unwrap().span;
        assert_eq!(marked(&text, span), body);
    }
}

#[test]
fn what_is_no_body() {
    let bad = |body: &str, expected: &str| {
        let text = format!("POST http://h\n{body}");
        each_is_bad(&[(text.as_str(), expected)]);
    };
    bad(
        "{} x",
        "2:4: x: expected the end of the line after the body",
    );
    bad(
        "<a/><b/>",
        "2:5: <b/>: expected the end of the line after the body",
    );
    bad(
        "nullx",
        "2:5: x: expected the end of the line after the body",
    );
    bad(
        "hex,abc;",
        "2:5: abc: expected an even number of hexadecimal digits",
    );
    bad(
        "hex,abg;",
        "2:7: g: expected hexadecimal digits and a semicolon",
    );
    bad(
        "hex,ab",
        "2:7: : expected hexadecimal digits and a semicolon",
    );
    bad(
        "hex,ab cd;",
        "2:8: c: expected hexadecimal digits and a semicolon",
    );
    bad(
        "base64,ab?;",
        "2:10: ?: expected letters and digits of Base64 and a semicolon",
    );
    bad(
        "base64,ab\r\ncd;",
        "2:10: \r: expected lines that end without a carriage return",
    );
    bad(
        "file,a b;",
        "2:8: b: expected a semicolon after the file's name",
    );
    bad(
        "file,a\\z;",
        "2:7: \\z: expected an escape that is known here",
    );
    bad(
        "file,a{b;",
        "2:7: {: expected a semicolon after the file's name",
    );
    bad(
        "`a\nb`",
        "2:1: `a: the string is not closed, expected its second quote",
    );
    bad("`a\tb`", "2:3: \t: a tab can't stand in a string");
}
