//! Any text gives a tree or a problem that can be shown, soon, however deep or
//! long it is.

use std::time::{Duration, Instant};

use greenlight_hurl::{Source, parse};
use proptest::prelude::*;

use crate::file;

/// Long enough for a slow machine, and far too short for work that grows by the
/// square.
const SOON: Duration = Duration::from_secs(10);

fn answers(text: &str) {
    let start = Instant::now();
    if let Err(problem) = parse(text) {
        let (from, to) = (problem.span.start as usize, problem.span.end as usize);
        assert!(from <= to && to <= text.len(), "{problem:?}");
        assert!(
            text.is_char_boundary(from) && text.is_char_boundary(to),
            "{problem:?}"
        );
        assert!(!problem.message.is_empty());
        let source = Source::new("any", text);
        let shown = problem.show(&source);
        assert!(shown.contains('^') && shown.lines().count() >= 4, "{shown}");
        assert!(
            !shown.chars().any(|c| c.is_control() && c != '\n'),
            "{shown:?}"
        );
        assert_eq!(problem.line(&source).lines().count(), 1);
    }
    assert!(start.elapsed() < SOON);
}

/// A file with everything in it.
const GOOD: &str = r##"# A comment
POST {{base_url}}/login?x=1  # another
Content-Type: application/json
X-\#\u{41}: {{newUuid}} é
[Options]
retry: 3
retry-interval: 500ms
variable: a="b {{c}}"
cert: a\:b.pem:secret
[Query]
q: {{x}} y
[Form]
k: v
[Multipart]
f: file,a\ b.txt; text/plain
g: h
[Cookies]
s: 1
[BasicAuth]
bob: {{password}}
{"a": [1.5e3, "x{{b}}\u00e9\ud83d\ude00", {{c}}], "d": null}

HTTP/1.1 200
Location: /home
[Captures]
token: jsonpath "$.token" regex /a\/(.*)/ redact
[Asserts]
status >= 200
header "X" not contains "é"
cookie "a[Max-Age]" == 3600
jsonpath "$.list" count == 3 # c
body matches /^\d+$/
xpath "//a[@b='c']" nth -1 replace "a" "b" startsWith hex,00ff;
certificate "Issuer" exists
bytes == base64,YWJj;
url == ```
x {{y}}
```
<?xml version="1.0"?><!-- c --><a b='&lt;'>x<![CDATA[]]]]><b/></a>

GET http://h
```graphql
query { a }
variables {"a": {{b}}}
```
HTTP *
`done {{z}}`
"##;

/// What texts are made of.
const TOKENS: &[&str] = &[
    "{{",
    "}}",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "`",
    "```",
    "\n",
    "\r\n",
    "\r",
    "\t",
    " ",
    "#",
    "\\",
    "/",
    ":",
    ";",
    ",",
    "HTTP 200\n",
    "GET http://h\n",
    "[Asserts]\n",
    "[Captures]\n",
    "[Options]\n",
    "[Query]\n",
    "file,",
    "hex,",
    "base64,",
    "null",
    "true",
    "1",
    "-",
    "0.",
    "==",
    "not ",
    "count ",
    "é",
    "\u{301}",
    "\u{feff}",
    "redact",
    "variables {",
    "\\u{",
    "<a>",
    "</a>",
    "<!--",
    "-->",
    "&",
    "json",
    "raw",
    "\0",
    "status",
    "jsonpath",
    "a: b\n",
    "x",
    "日本",
    "<?",
    "<![CDATA[",
    "<!DOCTYPE",
    "graphql",
    "\u{1b}",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn any_text(text in any::<String>()) {
        answers(&text);
    }

    #[test]
    fn any_tokens(tokens in prop::collection::vec(prop::sample::select(TOKENS), 0..60)) {
        let text = tokens.concat();
        answers(&text);
        answers(&format!("POST http://h\n{text}"));
        answers(&format!("GET http://h\nHTTP 200\n[Asserts]\n{text}"));
    }

    #[test]
    fn a_good_file_with_changes(
        changes in prop::collection::vec(
            (any::<prop::sample::Index>(), 0usize..6, prop::sample::select(TOKENS)),
            1..5,
        ),
    ) {
        let mut characters: Vec<char> = GOOD.chars().collect();
        for (at, removed, inserted) in changes {
            let at = at.index(characters.len() + 1);
            let end = (at + removed).min(characters.len());
            characters.splice(at..end, inserted.chars());
        }
        answers(&characters.into_iter().collect::<String>());
    }
}

#[test]
fn a_good_file_cut_anywhere() {
    assert_eq!(file(GOOD).entries.len(), 2);
    for (at, _) in GOOD.char_indices() {
        answers(&GOOD[..at]);
        answers(&GOOD[at..]);
    }
}

#[test]
fn nesting_costs_no_stack() {
    const DEEP: usize = 100_000;
    let post = |body: String| format!("POST http://h\n{body}");
    assert!(parse(&post("[ ".repeat(DEEP))).is_err());
    assert!(parse(&post("{\"a\":".repeat(DEEP))).is_err());
    for text in [
        post(format!("{}{}", "[ ".repeat(DEEP), "]".repeat(DEEP))),
        post(format!("{}1{}", "{\"a\":".repeat(DEEP), "}".repeat(DEEP))),
        post(format!("{}{}", "<a>".repeat(DEEP), "</a>".repeat(DEEP))),
        post(format!(
            "```graphql\nq\nvariables {{\"a\":{}{}}}\n```",
            "[".repeat(DEEP),
            "]".repeat(DEEP)
        )),
    ] {
        answers(&text);
        assert_eq!(file(&text).entries.len(), 1);
    }
    for piece in [
        "[", "{", "<a>", "{{", "((", "\"{{", "```", "<!--", "/", "`", "[ [\"", "{{a}",
    ] {
        answers(&post(piece.repeat(DEEP)));
        answers(&format!(
            "GET http://h\nHTTP 200\n[Asserts]\nbody == {}",
            piece.repeat(DEEP)
        ));
    }
    answers(&format!(
        "GET http://h\nHTTP 200\n[Asserts]\nbody matches /{}{}/",
        "(".repeat(DEEP),
        ")".repeat(DEEP)
    ));
}

#[test]
fn a_line_of_a_megabyte() {
    const LONG: usize = 1_000_000;
    for (start, piece) in [
        ("", "a"),
        ("", "A"),
        ("", " "),
        ("", "#"),
        ("GET http://h/", "x"),
        ("GET http://h/", "{{a}}"),
        ("GET http://h/", "x  "),
        ("GET http://h/", "{"),
        ("GET http://h/", "\\#"),
        ("GET h\n", "k"),
        ("GET h\n", "{{k}}"),
        ("GET h\nk: ", "é "),
        ("GET h\nk: ", "\u{301}"),
        ("GET h\n", "[a]"),
        ("GET h\n", "```\n"),
        ("POST h\n`", "x"),
        ("POST h\n[ \"", "x{{y}} "),
        ("POST h\n[ ", "1, "),
        ("POST h\n<a ", "b='c' "),
        ("POST h\n<a>", "]]"),
        ("POST h\n<a>", "&lt;"),
        ("POST h\nhex,", "00"),
        ("POST h\nbase64,", "AAAA "),
        ("POST h\nfile,", "a\\ "),
        ("POST h\n```graphql\n", "\nvariable"),
        ("POST h\n```\n", "``"),
        ("GET h\nHTTP ", "1"),
        ("GET h\n[Options]\nretry: ", "1"),
        ("GET h\n[Options]\n", "a"),
        ("GET h\nHTTP 200\n[Asserts]\nbody ", "count "),
        ("GET h\nHTTP 200\n[Asserts]\nbody == ", "1"),
        ("GET h\nHTTP 200\n[Asserts]\nbody == \"", "\\\""),
        ("GET h\nHTTP 200\n[Asserts]\nbody matches /", "a\\/"),
        ("GET h\nHTTP 200\n[Asserts]\n", "statu"),
        ("GET h\nHTTP 200\n[Captures]\n", "a:"),
    ] {
        let text = format!("{start}{}", piece.repeat(LONG / piece.len()));
        answers(&text);
        answers(&format!("{text}\"}}]/;`\nHTTP 200\n"));
    }
}

#[test]
fn a_hundred_thousand_entries() {
    let text = "GET http://h/{{a}}\nX: y\nHTTP 200\n[Asserts]\nstatus == 200\n\n".repeat(100_000);
    let start = Instant::now();
    assert_eq!(file(&text).entries.len(), 100_000);
    assert!(start.elapsed() < SOON);
}

#[test]
fn many_blank_lines_and_comments_are_read_once() {
    let blank = "\n # c\n".repeat(100_000);
    answers(&format!(
        "{blank}GET h\n{blank}[Query]\n{blank}HTTP 200\n{blank}[Asserts]\n{blank}}}"
    ));
    answers(&"GET h\n\n".repeat(100_000));
}
