use greenlight_hurl::ast::{Content, Multiline};

use crate::{assert, each_is_bad, marked, request, shown};

fn multiline(text: &str) -> Multiline {
    match request(&format!("POST http://h\n{text}\n"))
        .body
        .unwrap()
        .content
    {
        Content::Multiline(lines) => lines,
        other => panic!("{other:?}"),
    }
}

#[test]
fn strings_of_several_lines() {
    let table = [
        ("```\na\n\tb # c\n```", r#"Text "a\n\tb # c\n""#),
        ("``` \t\r\na\r\nb```", r#"Text "a\r\nb""#),
        ("```\n```", r#"Text """#),
        ("```\n\\n{{a}} ` `` {\n```", r#"Text "\\n<a> ` `` {\n""#),
        ("```json\n{\"a\": {{b}}}\n```", r#"Json "{\"a\": <b>}\n""#),
        ("```xml \n<a>\n```", r#"Xml "<a>\n""#),
        ("```raw\n{{a}} {{ \\z\n```", r#"Raw "{{a}} {{ \\z\n""#),
        ("```raw\n```", r#"Raw """#),
        ("```graphql\n{ a }\n```", r#"GraphQl "{ a }\n""#),
        ("```graphql,\n{ a }\n```", r#"GraphQl "{ a }\n""#),
        (
            "```graphql\n{{q}}\nvariables {\"a\": {{b}}, \"c\": \"```\"}\n\n```",
            r#"GraphQl "<q>\n" variables {"a": value<b>, "c": "```"}"#,
        ),
        (
            "```graphql\r\nq\r\nvariables{}```",
            r#"GraphQl "q\r\n" variables {}"#,
        ),
        // Only at the start of a line that isn't the first.
        (
            "```graphql\nvariables {}\n variables {}\n```",
            r#"GraphQl "variables {}\n variables {}\n""#,
        ),
    ];
    for (text, expected) in table {
        assert_eq!(shown::multiline(&multiline(text)), expected, "{text}");
        let compared = assert(&format!("body == {text}"));
        assert_eq!(
            shown::assert(&compared),
            format!("Body | == {expected}"),
            "{text}"
        );
    }
}

#[test]
fn the_text_has_its_place() {
    let body = "```json\n{{a}}\nb```";
    let text = format!("POST http://h\n{body}\n");
    assert_eq!(marked(&text, multiline(body).text.span), "{{a}}\nb");
}

#[test]
fn what_is_no_string_of_several_lines() {
    let bad = |lines: &str, expected: &str| {
        let text = format!("POST http://h\n{lines}");
        each_is_bad(&[(text.as_str(), expected)]);
    };
    let hint = "expected json, xml, graphql, raw or nothing after the backquotes, not";
    let closed = "the string of several lines is not closed, expected ```";
    bad("```foo\na\n```", &format!("2:4: foo: {hint} \"foo\""));
    bad("```jsonx\n```", &format!("2:4: jsonx: {hint} \"jsonx\""));
    bad("```a```", &format!("2:4: a: {hint} \"a\""));
    bad(
        "``````",
        "2:4: `: expected the end of the line after the backquotes",
    );
    bad(
        "```",
        "2:4: : expected the end of the line after the backquotes",
    );
    bad("```\na\n``", &format!("2:1: ```: {closed}"));
    bad("```graphql\na", &format!("2:1: ```: {closed}"));
    bad(
        "```\na\n``` b",
        "4:5: b: expected the end of the line after the body",
    );
    bad(
        "```\n{{a\n```",
        "3:1: {{a\n: the placeholder is not closed, expected }}",
    );
    bad(
        "```\n{{}}\n```",
        "3:3: }: expected a variable's name: letters, digits, - and _",
    );
    let object = "expected an object in JSON after the word variables";
    bad(
        "```graphql\na\nvariables\n```",
        &format!("4:1: variables: {object}"),
    );
    bad(
        "```graphql\na\nvariables []\n```",
        &format!("4:1: variables: {object}"),
    );
    bad(
        "```graphql\na\nvariablesx {}\n```",
        &format!("4:1: variablesx: {object}"),
    );
    bad(
        "```graphql\na\nvariables {{b}}\n```",
        &format!("4:1: variables: {object}"),
    );
    bad(
        "```graphql\na\nvariables {} x\n```",
        "4:14: x: expected ``` to close the string",
    );
    bad(
        "```graphql\na\nvariables {}",
        &format!("2:1: ```: {closed}"),
    );
}
