use greenlight_hurl::ast::Content;

use crate::{each_is_bad, marked, request, shown};

fn json(text: &str) -> String {
    match request(&format!("POST http://h\n{text}\n"))
        .body
        .unwrap()
        .content
    {
        Content::Json(json) => shown::json(&json),
        other => panic!("{other:?}"),
    }
}

#[test]
fn json_is_kept_as_written() {
    let table = [
        "{}",
        "{ \n }",
        "[ ]",
        "[\r\n1\t, 2 ]",
        r#"{"a" : {"b":[true,false,null]}, "":""}"#,
        r#"{"a":1,"a":2}"#,
        "[-0, 0.50, 1e5, 1e-5, 1.5e+10, 9999999999999999999999]",
        // As in the `hurl` command, which sends it so.
        "[ 1e]",
        r#"["\" \\ \/ \b \f \n \r \t \u00e9 \ud83d\ude00", "é☃", "{", "{ {", "}}"]"#,
        "[\"\u{1}\"]",
    ];
    for text in table {
        assert_eq!(json(text), text);
    }
    assert_eq!(json("[1E5,2E-1]"), "[1e5,2e-1]");
}

#[test]
fn placeholders_in_json() {
    let table = [
        (r#"{"a":{{b}}}"#, r#"{"a":value<b>}"#),
        (r#"{"a":"x{{b}}y{{ c }}"}"#, r#"{"a":"xin<b>yin<c>"}"#),
        (
            r#"{"{{k}}":[ {{newUuid}} ,{{n}}]}"#,
            r#"{"in<k>":[ value<newUuid()> ,value<n>]}"#,
        ),
        (r#"["{{a b}}", 1E5]"#, r#"["in<a>", 1e5]"#),
        (r#"["\u007b{a}}"]"#, r#"["\u007b{a}}"]"#),
    ];
    for (text, expected) in table {
        assert_eq!(json(text), expected, "{text}");
    }
}

#[test]
fn what_is_no_json() {
    let bad = |json: &str, expected: &str| {
        let text = format!("POST http://h\n{json}");
        each_is_bad(&[(text.as_str(), expected)]);
    };
    bad(
        "{\"a\":1,}",
        "2:7: ,: expected a value after the comma, or } without it",
    );
    bad(
        "[ 1,\n]",
        "2:4: ,: expected a value after the comma, or ] without it",
    );
    bad("[ 1,,2]", "2:5: ,: expected a JSON value before this");
    bad("{\"a\":}", "2:6: }: expected a JSON value before this");
    bad(
        "{\"a\" 1}",
        "2:6: 1: expected a colon after the key of the JSON object",
    );
    bad(
        "{a: 1}",
        "2:2: a:: expected a key of the JSON object, in double quotes",
    );
    bad(
        "{\"a\":1 \"b\":2}",
        "2:8: \": expected a comma or } in the JSON object",
    );
    bad("[1 2]", "2:4: 2: expected a comma or ] in the JSON array");
    bad("[ tru]", "2:3: tru]: expected a JSON value");
    bad("[ 01]", "2:4: 1: expected a comma or ] in the JSON array");
    bad("[ 1.]", "2:5: ]: expected digits after the decimal point");
    bad("[ -]", "2:4: ]: expected a digit");
    bad(
        "{\"a",
        "2:2: \"a: the string is not closed, expected its second quote",
    );
    bad(
        "[\"a\nb\"]",
        "2:2: \"a: the string is not closed, expected its second quote",
    );
    bad("[\"a\tb\"]", "2:4: \t: a tab can't stand in a string");
    bad(
        "[\"\\#\"]",
        "2:3: \\#: expected an escape of JSON: \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u0000",
    );
    bad("[\"\\u12\"]", "2:5: 12\": expected four hexadecimal digits");
    bad(
        "[\"\\ud83dx\"]",
        "2:3: \\ud83d: expected both halves of a surrogate pair, as in \\ud83d\\ude00",
    );
    bad(
        "[\"\\ude00\\ud83d\"]",
        "2:3: \\ude00: expected both halves of a surrogate pair, as in \\ud83d\\ude00",
    );
    bad(
        "[\"{{a\"]",
        "2:3: {{a: the placeholder is not closed, expected }}",
    );
    bad("{{a b}}", "2:5: b: expected }} after the variable's name");
    bad(
        "{{\"a\":1}}",
        "2:3: \": expected a variable's name: letters, digits, - and _",
    );
    bad("[", "2:2: : expected a JSON value");
}

#[test]
fn a_placeholder_in_json_has_its_place() {
    use greenlight_hurl::ast::JsonPiece;
    let text = "POST http://h\n{\"é\": {{ a }}}\n";
    let Content::Json(json) = request(text).body.unwrap().content else {
        panic!()
    };
    let Some(JsonPiece::Value(placeholder)) = json.pieces.get(1) else {
        panic!("{json:?}")
    };
    assert_eq!(marked(text, placeholder.span), "{{ a }}");
}
