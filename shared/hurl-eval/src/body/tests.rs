use hurl::{
    Span, Spanned,
    ast::{
        FilePart, Json, JsonPiece, OperandValue, Pair, Part, PredicateKind, QueryKind, Request,
        Response, Version,
    },
};

use super::*;
use crate::{
    Value, files_of_request, files_of_response, pair,
    testing::{
        answer, assert as line, date, float, int, list, operand, placeholder, predicate,
        query as at, template, text as string, with,
    },
    value,
};

fn given() -> Vec<(&'static str, Value)> {
    vec![
        ("s", string("a \"b\"")),
        ("i", int(-7)),
        ("f", float(2.0)),
        ("yes", Value::Bool(true)),
        ("null", Value::Null),
        ("date", date("2024-01-31T12:00:00.5Z")),
        ("list", list(&[])),
        ("bytes", Value::Bytes(vec![1])),
        ("nodes", Value::Nodes(1)),
        ("flag", Value::Present),
        ("object", Value::Object(vec![])),
    ]
}

#[test]
fn templates() {
    let cases = [
        ("", Ok("")),
        ("plain {text}", Ok("plain {text}")),
        ("{{s}}{{i}}", Ok("a \"b\"-7")),
        ("x{{f}}y", Ok("x2.0y")),
        ("{{yes}} {{null}}", Ok("true null")),
        ("{{date}}", Ok("2024-01-31T12:00:00.500000Z")),
        ("{{newDate}}", Ok("2024-06-15T12:00:00.000000Z")),
        ("{{newUuid}}", Ok("67e55044-10b1-426f-9247-bb680e5fe0c8")),
        ("{{nope}}", Err("the variable \"nope\" is not defined")),
        (
            "{{list}}",
            Err("{{list}} holds a value of type list, which can't stand in a text"),
        ),
        (
            "{{bytes}}",
            Err("{{bytes}} holds a value of type bytes, which can't stand in a text"),
        ),
        (
            "{{nodes}}",
            Err("{{nodes}} holds a value of type nodeset, which can't stand in a text"),
        ),
        (
            "{{flag}}",
            Err("{{flag}} holds a value of type presence, which can't stand in a text"),
        ),
        (
            "{{object}}",
            Err("{{object}} holds a value of type object, which can't stand in a text"),
        ),
    ];
    for (source, expected) in cases {
        let found = with(&[], &given(), |s| {
            text::text(&template(source), s.variables, s.around)
        });
        let found = found.map_err(|fault| fault.what);
        assert_eq!(
            found,
            expected.map(str::to_owned).map_err(str::to_owned),
            "{source}"
        );
    }
}

#[test]
fn placeholders_keep_their_type() {
    with(&[], &given(), |s| {
        let get = |name| value(&placeholder(name), s.variables, s.around);
        assert_eq!(get("list"), Ok(list(&[])));
        assert_eq!(get("i"), Ok(int(-7)));
        assert_eq!(get("newDate"), Ok(date(crate::testing::NOW)));
        let fault = get("nope").unwrap_err();
        assert_eq!(fault.span, Span::new(120, 130));
        assert!(fault.remedy.is_some());
    });
}

#[test]
fn bodies() {
    let json = |pieces: Vec<JsonPiece>| Content::Json(Json { pieces });
    let lines = |kind, source| {
        let text = template(source);
        let variables = None;
        Content::Multiline(Multiline {
            kind,
            text,
            variables,
        })
    };
    let cases = [
        (
            json(vec![
                JsonPiece::Text("{\"a\" : \"".into()),
                JsonPiece::InString(placeholder("s")),
                JsonPiece::Text("\"}".into()),
            ]),
            "{\"a\" : \"a \\\"b\\\"\"}",
        ),
        (Content::Xml("<a>{{s}}</a>".into()), "<a>{{s}}</a>"),
        (Content::Line(template("a={{i}}")), "a=-7"),
        (lines(MultilineKind::Text, "{{i}}\n"), "-7\n"),
        (
            lines(MultilineKind::Json, "{\"a\":\"{{s}}\"}\n"),
            "{\"a\":\"a \"b\"\"}\n",
        ),
        (lines(MultilineKind::Xml, "<a>{{i}}</a>\n"), "<a>-7</a>\n"),
        (lines(MultilineKind::Raw, "{{i}}\\n\n"), "{{i}}\\n\n"),
        (
            lines(MultilineKind::GraphQl, "\n query {{s}} {\n\ta\u{1}é }\n\n"),
            "{\"query\":\"query a \\\"b\\\" {\\n\\ta\\u0001é }\"}",
        ),
        (
            Content::Multiline(Multiline {
                kind: MultilineKind::GraphQl,
                text: template("{ a }\n"),
                variables: Some(Json {
                    pieces: vec![
                        JsonPiece::Text("{ \"a b\" : ".into()),
                        JsonPiece::Value(placeholder("i")),
                        JsonPiece::Text(" }".into()),
                    ],
                }),
            }),
            "{\"query\":\"{ a }\",\"variables\":{\"a b\":-7}}",
        ),
        (Content::Base64(b"a".to_vec()), "a"),
        (Content::Hex(b"b".to_vec()), "b"),
        (Content::File(template("there.bin")), "\u{1}\u{2}\u{3}"),
    ];
    for (content, expected) in cases {
        let span = Span::new(0, 1);
        let sent = with(&[], &given(), |s| {
            body(&Body { span, content }, s.variables, s.around)
        });
        assert_eq!(String::from_utf8(sent.unwrap()).unwrap(), expected);
    }
}

#[test]
fn pairs_and_files() {
    let own = |key, value| Pair {
        key: template(key),
        value: template(value),
        span: Span::new(0, 1),
    };
    let file = |name| {
        Part::File(FilePart {
            key: template("k"),
            file: template(name),
            content_type: None,
            span: Span::new(0, 1),
        })
    };
    let span = Span::new(0, 1);
    let named = |name| Body {
        span,
        content: Content::File(template(name)),
    };
    let mut request = Request {
        method: Spanned::new("POST".to_owned(), span),
        url: template("http://a"),
        headers: vec![],
        options: vec![],
        query: vec![],
        form: vec![],
        multipart: vec![file("a{{i}}"), Part::Field(own("x", "y")), file("b")],
        cookies: vec![],
        basic_auth: None,
        body: Some(named("c")),
    };
    let equal = |name| {
        let operand = operand(OperandValue::File(template(name)));
        line(
            at(QueryKind::Bytes),
            vec![],
            predicate(false, PredicateKind::Equal(operand)),
        )
    };
    let response = Response {
        span,
        version: Spanned::new(Version::Any, span),
        status: Spanned::new(None, span),
        headers: vec![],
        captures: vec![],
        asserts: vec![equal("d"), equal("{{nope}}"), equal("e{{i}}")],
        body: Some(named("f")),
    };
    with(&[answer("", &[])], &given(), |s| {
        assert_eq!(
            pair(&own("{{i}}", "v{{i}}"), s.variables, s.around),
            Ok(("-7".to_owned(), "v-7".to_owned()))
        );
        assert!(pair(&own("{{nope}}", "v"), s.variables, s.around).is_err());
        let names = files_of_request(&request, s.variables, s.around);
        assert_eq!(names, Ok(["a-7", "b", "c"].map(str::to_owned).to_vec()));
        let names = files_of_response(&response, s.variables, s.around);
        assert_eq!(names, Ok(["d", "e-7", "f"].map(str::to_owned).to_vec()));
        request.body = Some(named("{{nope}}"));
        assert!(files_of_request(&request, s.variables, s.around).is_err());
    });
}
