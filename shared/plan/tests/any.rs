//! Whatever comes, it is understood or refused at a place, soon.

use std::time::{Duration, Instant};

use greenlight_plan::Plan;
use proptest::prelude::*;

const GOOD: &str = include_str!("plans/everything.yaml");

/// Reads it, and holds any error to what errors promise.
fn read(bytes: &[u8]) -> Result<Plan, String> {
    Plan::parse_bytes(bytes, "p").map_err(|error| {
        for mistake in std::iter::once(&error).chain(&error.others) {
            assert!(mistake.line >= 1 && mistake.column >= 1, "{mistake:?}");
            assert!(!mistake.message.is_empty());
        }
        for mistake in error.mistakes() {
            let line = mistake.to_string();
            assert_eq!(line.lines().count(), 1, "{line}");
            assert!(line.len() < 2000, "{line}");
        }
        error.to_string()
    })
}

#[test]
fn a_plan_cut_anywhere() {
    assert!(read(GOOD.as_bytes()).is_ok());
    for end in 0..GOOD.len() {
        let _ = read(&GOOD.as_bytes()[..end]);
        let _ = read(&GOOD.as_bytes()[end..]);
    }
    // Before its first check is whole, it is never a plan.
    let first = GOOD.find("files: [").unwrap();
    for end in 0..first + "files: [".len() {
        assert!(read(&GOOD.as_bytes()[..end]).is_err(), "{end}");
    }
}

#[test]
fn hostile_texts_are_refused_soon() {
    let bomb: String = ('b'..='k')
        .map(|c| {
            let before = char::from(c as u8 - 1);
            format!(
                "{c}: &{c} [{}]\n",
                vec![format!("*{before}"); 10].join(", ")
            )
        })
        .collect();
    let deep_aliases: String = ('b'..='z')
        .map(|c| {
            let before = char::from(c as u8 - 1);
            format!("{c}: &{c} {}*{before}{}\n", "[".repeat(20), "]".repeat(20))
        })
        .collect();
    let in_json = |value: &str| {
        format!(
            "version: 1\nbefore-allow-traffic: {{probes: [{{http: /, expect: {{body: {{json: {{$.a: {value}}}}}}}}}]}}\n"
        )
    };
    let blocks: String = (0..1000)
        .map(|n| format!("{}a:\n", " ".repeat(n)))
        .collect();
    let path = format!("$[?{}@.a{}]", "@[?(".repeat(100), ")]".repeat(100));
    let texts = [
        format!("a: &a [x, x, x, x, x, x, x, x, x, x]\n{bomb}"),
        format!("a: &a x\n{deep_aliases}"),
        in_json(&"[".repeat(1000)),
        in_json(&format!("{}1{}", "[".repeat(1000), "]".repeat(1000))),
        "[".repeat(1000),
        "{a: ".repeat(1000),
        "- ".repeat(1000),
        "? ".repeat(1000),
        "&a ".repeat(1000),
        "!!str ".repeat(1000),
        blocks,
        format!("version: {}", "1".repeat(1_000_000)),
        format!("version: {}", "1".repeat(200_000)),
        format!("{}: 1", "a".repeat(200_000)),
        format!("\"{}", "\\u0041".repeat(40_000)),
        "\n".repeat(200_000),
        "#".repeat(200_000),
        "---\n".repeat(50_000),
        "a: 1\n".repeat(50_000),
        (0..40_000).map(|n| format!("{n}: \n")).collect(),
        (0..20_000).map(|n| format!("- &a{n} 1\n")).collect(),
        "version: 1\nbefore-allow-traffic:\n  probes:\n".to_owned()
            + &"    - tcp: 1\n".repeat(15_000),
        in_json("1").replace("$.a", &format!("{path:?}")),
        in_json("1").replace("json: {$.a: 1}", "matches: '((\\w{1000}){1000}){1000}'"),
        in_json("1").replace(
            "json: {$.a: 1}",
            &format!("matches: '{}'", "(".repeat(4000)),
        ),
        in_json("1").replace(
            "json: {$.a: 1}",
            &format!("matches: [{}]", "'\\w{80}', ".repeat(10_000)),
        ),
    ];
    let start = Instant::now();
    for text in texts {
        let error = read(text.as_bytes()).expect_err(&text[..text.len().min(200)]);
        assert!(error.starts_with("p:"), "{error}");
    }
    // They take a second or so; without limits, some take hours.
    assert!(start.elapsed() < Duration::from_secs(60));
}

/// Pieces that plans and their troubles are made of.
fn piece() -> impl Strategy<Value = String> {
    let pieces = [
        "version: 1\n",
        "before-allow-traffic:",
        "  probes:",
        "after-allow-test-traffic:",
        "\n  smoke:",
        "\n    files: ",
        "smoke/**/*.hurl",
        "[a-",
        "variables: ",
        "secrets: ",
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a",
        "base-url: ",
        "jobs: 3\n",
        "\n    - ",
        "\n      ",
        "http: /a",
        "tcp: 80",
        "grpc: a.B",
        "name: ",
        "expect:",
        "{",
        "}",
        "[",
        "]",
        ",",
        ": ",
        "- ",
        "? ",
        "| ",
        "> ",
        "&a ",
        "*a ",
        "<<: ",
        "!!str ",
        "!!binary ",
        "!x ",
        "\"",
        "'",
        "#",
        "\n",
        "\n---\n",
        "\n...\n",
        "%YAML 1.2\n",
        "\t",
        "\r",
        "\u{feff}",
        "é",
        "null",
        "~",
        "true",
        "1e999",
        ".nan",
        "0x1F",
        "1.10",
        "every: ",
        "2s",
        "18446744073709551615s",
        "999999999y",
        "0.000000001ns",
        "healthy: 100\n",
        "timeout: ",
        "headers: ",
        "status: ",
        "body: ",
        "json: ",
        "$..a",
        "$[?@.a==1]",
        "matches: ",
        "(?i)a{2}",
        "contains: ",
        "ca: ",
        "-----BEGIN CERTIFICATE-----",
        "https://a:b@c/",
        "through: tasks\n",
        "method: ",
        "tls: ",
        "authority: ",
    ];
    prop_oneof![
        8 => prop::sample::select(pieces.to_vec()).prop_map(str::to_owned),
        1 => "\\PC{0,4}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes);
    }

    #[test]
    fn any_pieces(pieces in prop::collection::vec(piece(), 0..60)) {
        let _ = read(pieces.concat().as_bytes());
    }

    #[test]
    fn a_good_plan_with_changes(changes in prop::collection::vec((any::<prop::sample::Index>(), 0usize..4, piece()), 1..6)) {
        let mut bytes = GOOD.as_bytes().to_vec();
        for (place, removed, piece) in changes {
            let from = place.index(bytes.len() + 1);
            let to = (from + removed).min(bytes.len());
            bytes.splice(from..to, piece.bytes());
        }
        let _ = read(&bytes);
    }

    #[test]
    fn any_value_of_any_key(key in "name|http|tcp|grpc|through|method|http-version|tls|authority|ca|healthy|every|timeout", value in "\\PC{0,30}|[0-9 .a-zA-Z]{0,40}|[0-9]{1,20}(ns|us|ms|s|m|h|d|w|M|y) ?[0-9]{1,20}(ns|ms|s|y)") {
        let value = serde_json::to_string(&value).unwrap();
        for kind in ["http: /a", "tcp: 80", "grpc: a"] {
            let _ = read(format!("version: 1\nbefore-allow-traffic:\n  probes:\n    - {kind}\n      {key}: {value}\n").as_bytes());
        }
        let alone = format!("version: 1\nbefore-allow-traffic:\n  probes:\n    - {key}: {value}\n");
        let _ = read(alone.as_bytes());
    }

    #[test]
    fn any_value_of_any_key_of_smoke_tests(key in "files|variables|secrets|base-url|ca|jobs|timeout", value in "\\PC{0,30}|[0-9 .a-zA-Z:/*?\\[\\]!-]{0,60}", shape in 0usize..3) {
        let value = serde_json::to_string(&value).unwrap();
        let value = [value.clone(), format!("[{value}]"), format!("{{{value}: {value}}}")][shape].clone();
        let _ = read(format!("version: 1\nafter-allow-test-traffic:\n  smoke:\n    files: a.hurl\n    {key}: {value}\n").as_bytes());
        let _ = read(format!("version: 1\nafter-allow-test-traffic:\n  smoke:\n    {key}: {value}\n").as_bytes());
    }

    #[test]
    fn any_json_path_and_pattern(path in "\\$[\\[\\]().?@a0-9=!&|'*, :-]{0,40}", pattern in "[\\[\\]().?*+{}a0-9\\\\wdpL^$|-]{0,30}") {
        let (path, pattern) = (serde_json::to_string(&path).unwrap(), serde_json::to_string(&pattern).unwrap());
        let _ = read(format!("version: 1\nbefore-allow-traffic: {{probes: [{{http: /, expect: {{body: {{json: {{{path}: 1}}, matches: {pattern}}}}}}}]}}").as_bytes());
    }
}
