//! Every mistake is told at its place, in the words of the tables beside this
//! file: a text, then its mistakes behind `=>`, then an empty line.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do"
)]

use greenlight_plan::Plan;

const PLANS: &str = include_str!("mistakes/plans.txt");
/// Each is the only probe of a plan, and begins at 4:7.
const PROBES: &str = include_str!("mistakes/probes.txt");
/// Each is all that a plan says of smoke tests, and begins at 4:5.
const SMOKE: &str = include_str!("mistakes/smoke.txt");

/// The mistakes in a text, one line for each.
fn mistakes(text: &str) -> Vec<String> {
    match Plan::parse(text, "greenlight.yaml") {
        Ok(plan) => panic!("understood {text:?} as {plan:?}"),
        Err(error) => {
            let mistakes: Vec<String> = error.mistakes().map(|m| m.to_string()).collect();
            assert!(error.to_string().starts_with(&mistakes[0]), "{error}");
            mistakes
        }
    }
}

fn with_probe(probe: &str) -> String {
    let probe = probe.replace('\n', "\n      ");
    format!("version: 1\nbefore-allow-traffic:\n  probes:\n    - {probe}\n")
}

fn with_smoke(smoke: &str) -> String {
    let smoke = smoke.replace('\n', "\n    ");
    format!("version: 1\nafter-allow-test-traffic:\n  smoke:\n    {smoke}\n")
}

fn assert_mistakes(text: &str, expected: &[&str]) {
    let expected: Vec<String> = (expected.iter())
        .map(|line| format!("greenlight.yaml:{line}"))
        .collect();
    assert_eq!(mistakes(text), expected, "{text}");
}

fn assert_table(table: &str, plan_of: impl Fn(&str) -> String) {
    let cases: Vec<&str> = table.trim_end().split("\n\n").collect();
    assert!(cases.len() > 20);
    for case in cases {
        let (text, expected) = case.split_once("\n=> ").unwrap();
        let expected: Vec<&str> = expected.split("\n=> ").collect();
        assert_mistakes(&plan_of(text), &expected);
    }
}

#[test]
fn a_table_of_plans() {
    assert_table(PLANS, |text| format!("{text}\n"));
}

#[test]
fn a_table_of_probes() {
    assert_table(PROBES, with_probe);
}

#[test]
fn a_table_of_smoke_tests() {
    assert_table(SMOKE, with_smoke);
}

#[test]
fn what_a_table_cannot_show() {
    let empty = r#"1:1: the plan is empty; it needs "version: 1" and "after-allow-test-traffic" or "before-allow-traffic""#;
    assert_mistakes("", &[empty]);
    assert_mistakes(
        "version: 1\nbefore-allow-traffic:\n\tprobes: []\n",
        &["3:2: this is no YAML: tabs disallowed within this context (block indentation)"],
    );
    assert_mistakes(
        "version: 1\r\nbefore-allow-traffic:\r\n  probes: 1\r\n",
        &[r#"3:11: "probes" must be a list of probes, not a single value"#],
    );
    assert_mistakes(
        "\u{feff}version: 2\nbefore-allow-traffic: {probes: [tcp: 80]}\n",
        &[r#"1:10: "version" is 1, not 2"#],
    );
    let long = with_probe(&format!("http: /{}", "a".repeat(3000)));
    let error = &mistakes(&long)[0];
    assert!(
        error.ends_with("this one is longer than 2048 bytes"),
        "{error}"
    );
}

#[test]
fn bytes_that_are_no_utf8_are_told_at_their_place() {
    let error = Plan::parse_bytes(b"version: 1\n# \xc3\xa9 \xff\n", "p").unwrap_err();
    assert_eq!(
        error.to_string(),
        "p:2:5: a plan is UTF-8 text, and this byte is not"
    );
    let plan = "version: 1\nbefore-allow-traffic: {probes: [tcp: 80]}\n";
    assert_eq!(
        Plan::parse_bytes(plan.as_bytes(), "p"),
        Plan::parse(plan, "p")
    );
}

#[test]
fn all_mistakes_are_told_in_the_order_of_their_places() {
    let text = "
version: 2
before-allow-traffic:
  probs: 1
  probes:
    - http: health
      expect: { within: 5, body: { matches: '(' } }
    - tcp: 0
      method: get
    - 7
";
    let error = Plan::parse(text, "p").unwrap_err();
    let places: Vec<_> = error.mistakes().map(|m| m.to_string()).collect();
    let places: Vec<&str> = places
        .iter()
        .map(|m| m.split(": ").next().unwrap())
        .collect();
    assert_eq!(
        places,
        [
            "p:2:10", "p:4:3", "p:6:13", "p:7:25", "p:7:45", "p:8:12", "p:9:7", "p:10:7"
        ]
    );
    assert!(
        error.to_string().ends_with(" (and 7 more mistakes)"),
        "{error}"
    );
    assert_eq!(error.to_string().lines().count(), 1);
}

#[test]
fn what_aliases_repeat_is_told_once_where_it_is_written() {
    assert_mistakes(
        "version: 1
before-allow-traffic:
  probes:
    - http: /a
      expect: &expect
        status: 99
    - http: /b
      expect: *expect
",
        &[
            r#"6:17: "99" is no status matcher: "99" is no status from 100 to 599; write it as 200, 200,202 or 200-299"#,
        ],
    );
}

#[test]
fn not_more_mistakes_are_told_than_anyone_reads() {
    let text: String = (0..5000).map(|n| format!("key{n}: 1\n")).collect();
    let lines = mistakes(&text);
    assert_eq!(lines.len(), 100);
}

#[test]
fn no_error_tells_a_secret() {
    for probe in [
        "http: https://user:s3cret@shop.example.com/",
        "http: /a?token=s3cret x",
        "http: /a\nheaders: { Authorization: \"Bearer s3cret\\n\" }",
        "http: /a\nheaders: { Authorization: [s3cret] }",
        "http: /a\nheaders: { Authorization: { s3cret: 1 } }",
        "http: /a\nheaders: s3cret",
        "http: /a\nheaders: [s3cret]",
        "http: /a\nca: |\n  -----BEGIN PRIVATE KEY-----\n  s3cret\n  -----END PRIVATE KEY-----",
        "http: /a\nca: |\n  -----BEGIN CERTIFICATE-----\n  s3cret",
    ] {
        for line in mistakes(&with_probe(probe)) {
            assert!(!line.contains("s3cret"), "{line}");
        }
    }
    for smoke in [
        "files: a.hurl\nsecrets: { token: s3cret }",
        "files: a.hurl\nsecrets: { token: [s3cret] }",
        "files: a.hurl\nsecrets: s3cret",
        "files: a.hurl\nvariables: { token: [s3cret] }",
        "files: a.hurl\nvariables: { ':': s3cret }",
        "files: a.hurl\nbase-url: https://user:s3cret@shop.example.com",
        "files: a.hurl\nbase-url: https://shop.example.com/?token=s3cret",
    ] {
        for line in mistakes(&with_smoke(smoke)) {
            assert!(!line.contains("s3cret"), "{line}");
        }
    }
}
