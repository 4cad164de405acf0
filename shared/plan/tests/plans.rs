//! What is understood of plans that are right.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do"
)]

use std::time::Duration;

use greenlight_plan::{
    Body, Check, DEFAULT_EVERY, DEFAULT_HEALTHY, DEFAULT_JOBS, DEFAULT_TIMEOUT, Expect, Gate,
    GrpcCheck, HttpCheck, HttpVersion, JsonExpect, Matcher, Plan, Probe, Smoke, SmokeGate, Through,
    Variable, WhereTo,
};
use serde_json::json;

fn probes(text: &str) -> Vec<Probe> {
    match Plan::parse(text, "greenlight.yaml") {
        Ok(plan) => plan.before_allow_traffic.unwrap().probes,
        Err(error) => {
            let lines: Vec<String> = error.mistakes().map(|m| m.to_string()).collect();
            panic!("{text}\n{}", lines.join("\n"));
        }
    }
}

/// What is understood of one probe.
fn probe(text: &str) -> Probe {
    let text = text.replace('\n', "\n      ");
    let mut probes = probes(&format!(
        "version: 1\nbefore-allow-traffic:\n  probes:\n    - {text}\n"
    ));
    assert_eq!(probes.len(), 1);
    probes.remove(0)
}

fn http(text: &str) -> HttpCheck {
    match probe(text).check {
        Check::Http(check) => check,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_plan_with_everything() {
    let text = include_str!("plans/everything.yaml");
    let liveness = Probe {
        name: "liveness".to_owned(),
        check: Check::Http(HttpCheck {
            to: WhereTo::Path("/health-check".to_owned()),
            method: "POST".to_owned(),
            headers: vec![("X-Env".to_owned(), "green".to_owned())],
            version: HttpVersion::Http2,
            ca: Some("ca.pem".to_owned()),
            expect: Expect {
                status: "200-204,301".parse().unwrap(),
                headers: vec![("content-type".to_owned(), "application/json".to_owned())],
                body: Some(Body {
                    contains: vec!["UP".to_owned()],
                    matches: vec!["^\\{".parse().unwrap()],
                    json: vec![JsonExpect {
                        path: "$.status".parse().unwrap(),
                        value: json!("UP"),
                    }],
                }),
                within: Some(Duration::from_millis(800)),
            },
        }),
        through: Some(Through::TestListener),
        healthy: 5,
        every: Duration::from_millis(500),
        timeout: Duration::from_secs(90),
    };
    let checkout = Probe {
        check: Check::Grpc(GrpcCheck {
            service: "shop.Checkout".to_owned(),
            tls: Some(true),
            authority: Some("shop.example.com:443".to_owned()),
            ca: Some("certs/ca.pem".to_owned()),
        }),
        through: Some(Through::ProductionListener),
        ..Probe::grpc("shop.Checkout")
    };
    let variables = [
        ("tenant", Variable::Text("demo".to_owned())),
        ("count", Variable::Integer(3)),
        ("ratio", Variable::Float(0.5)),
        ("dry", Variable::Bool(true)),
        ("code", Variable::Text("007".to_owned())),
    ];
    let token = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/smoke-AbCdEf:token::";
    let smoke = Smoke {
        files: vec![
            "smoke/**/*.hurl".parse().unwrap(),
            "login.hurl".parse().unwrap(),
        ],
        variables: variables
            .map(|(name, value)| (name.to_owned(), value))
            .into(),
        secrets: [("token".to_owned(), token.parse().unwrap())].into(),
        base_url: Some("https://shop.example.com".parse().unwrap()),
        ca: Some("ca.pem".to_owned()),
        jobs: 8,
        timeout: Some(Duration::from_mins(5)),
    };
    let plan = Plan {
        after_allow_test_traffic: Some(SmokeGate { smoke }),
        before_allow_traffic: Some(Gate {
            probes: vec![liveness, Probe::tcp(8080), checkout],
        }),
    };
    assert_eq!(Plan::parse(text, "greenlight.yaml"), Ok(plan));
}

#[test]
fn smoke_tests_need_only_files() {
    let text = "version: 1\nafter-allow-test-traffic: { smoke: { files: smoke/*.hurl } }\n";
    let plan = Plan::parse(text, "greenlight.yaml").unwrap();
    assert_eq!(plan.before_allow_traffic, None);
    let smoke = Smoke {
        files: vec!["smoke/*.hurl".parse().unwrap()],
        variables: [].into(),
        secrets: [].into(),
        base_url: None,
        ca: None,
        jobs: DEFAULT_JOBS,
        timeout: None,
    };
    assert_eq!(plan.after_allow_test_traffic, Some(SmokeGate { smoke }));
}

#[test]
fn variables_have_the_type_that_is_written() {
    let text = "version: 1
after-allow-test-traffic:
  smoke:
    files: a.hurl
    variables: { a: x, b: 1, c: -1.5, d: true, e: yes, f: \"1\", g: '', h: 1e3, ü-1_: x }
";
    let plan = Plan::parse(text, "greenlight.yaml").unwrap();
    let variables = plan.after_allow_test_traffic.unwrap().smoke.variables;
    let text = |text: &str| Variable::Text(text.to_owned());
    let expected = [
        ("a", text("x")),
        ("b", Variable::Integer(1)),
        ("c", Variable::Float(-1.5)),
        ("d", Variable::Bool(true)),
        ("e", text("yes")),
        ("f", text("1")),
        ("g", text("")),
        ("h", Variable::Float(1000.0)),
        ("ü-1_", text("x")),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value));
    assert_eq!(variables, expected.into());
}

#[test]
fn what_is_absent_has_its_default() {
    let probe = probe("http: /up");
    assert_eq!(probe, Probe::http("/up", Matcher::default()));
    assert_eq!(probe.name, "GET /up");
    assert_eq!(probe.through, None);
    assert_eq!(probe.healthy, DEFAULT_HEALTHY);
    assert_eq!(probe.every, DEFAULT_EVERY);
    assert_eq!(probe.timeout, DEFAULT_TIMEOUT);
    assert!(matches!(probe.check, Check::Http(check) if check.version == HttpVersion::Auto));
}

#[test]
fn a_table_of_statuses() {
    for (text, status) in [
        ("200", "200"),
        ("\"200\"", "200"),
        ("200-299", "200-299"),
        ("\"200,202\"", "200,202"),
        ("[200, 202]", "200,202"),
        ("[200, 300-304, \"401,403\"]", "200,300-304,401,403"),
    ] {
        let check = http(&format!("http: /\nexpect: {{ status: {text} }}"));
        assert_eq!(check.expect.status.to_string(), status, "{text}");
    }
}

#[test]
fn a_table_of_http_versions() {
    for (text, version) in [
        ("2", HttpVersion::Http2),
        ("\"2\"", HttpVersion::Http2),
        ("1.1", HttpVersion::Http1),
        ("'1.1'", HttpVersion::Http1),
    ] {
        assert_eq!(
            http(&format!("http: /\nhttp-version: {text}")).version,
            version,
            "{text}"
        );
    }
}

#[test]
fn a_table_of_durations() {
    for (text, millis) in [
        ("10ms", 10),
        ("2s", 2000),
        ("1.5s", 1500),
        ("0.5 sec", 500),
        ("1m", 60_000),
        ("1m 30s", 90_000),
        ("1m30s", 90_000),
        ("5min", 300_000),
    ] {
        let probe = probe(&format!("tcp: 80\nhealthy: 1\nevery: {text}"));
        assert_eq!(probe.every, Duration::from_millis(millis), "{text}");
    }
    assert_eq!(
        probe("tcp: 80\ntimeout: 15m").timeout,
        Duration::from_mins(15)
    );
    assert_eq!(probe("tcp: 80\nhealthy: 100\nevery: 1s").healthy, 100);
}

#[test]
fn addresses_are_paths_or_urls() {
    for text in ["/", "/a/b?c=d&e=[f]|g", "/%20", "/~a;b=c/@d:e", "/a//b"] {
        assert_eq!(
            http(&format!("http: {text}")).to,
            WhereTo::Path(text.to_owned())
        );
    }
    for (text, url) in [
        (
            "https://shop.example.com/up?a=b",
            "https://shop.example.com/up?a=b",
        ),
        ("HTTP://Shop.Example.com", "http://shop.example.com/"),
        ("http://[::1]:8080/up", "http://[::1]:8080/up"),
    ] {
        let WhereTo::Url(got) = http(&format!("http: {text}")).to else {
            panic!("{text} is a URL");
        };
        assert_eq!(got.as_str(), url);
    }
}

#[test]
fn texts_stay_as_they_are_written() {
    let check = http(
        "http: /\nheaders: { A: 1.10, B: 007, C: true, D: yes, E: 1e3, F: \"a: b\", G: '', H: 0x1F }\n\
         expect: { body: { contains: [200, true, 1.0, null-like] } }",
    );
    let headers: Vec<(&str, &str)> = (check.headers.iter())
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(
        headers,
        [
            ("A", "1.10"),
            ("B", "007"),
            ("C", "true"),
            ("D", "yes"),
            ("E", "1e3"),
            ("F", "a: b"),
            ("G", ""),
            ("H", "0x1F"),
        ]
    );
    assert_eq!(
        check.expect.body.unwrap().contains,
        ["200", "true", "1.0", "null-like"]
    );
}

#[test]
fn json_values_are_any_values() {
    let check = http(
        "http: /\nexpect: { body: { json: { $.a: UP, $.b: 1, $.c: 1.5, $.d: true, $.e: null, \
         $.f: yes, $.g: [1, {h: i}], \"$['x y'][?@.k == 'v']\": \"1\", $..z: {} } } }",
    );
    let values: Vec<_> = (check.expect.body.unwrap().json.into_iter())
        .map(|expect| expect.value)
        .collect();
    assert_eq!(
        values,
        [
            json!("UP"),
            json!(1),
            json!(1.5),
            json!(true),
            json!(null),
            json!("yes"),
            json!([1, { "h": "i" }]),
            json!("1"),
            json!({}),
        ]
    );
}

#[test]
fn patterns_can_ignore_case() {
    let check = http("http: /\nexpect: { body: { matches: ['(?i)up', '\\w{1,60}'] } }");
    assert!(check.expect.body.unwrap().matches[0].is_match("is Up"));
}

#[test]
fn a_private_authority_can_be_in_the_plan() {
    let pem = "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n";
    let text = pem.trim_end().replace('\n', "\n  ");
    assert_eq!(
        http(&format!("http: /\nca: |\n  {text}")).ca.as_deref(),
        Some(pem)
    );
}

#[test]
fn names_are_made_and_told_apart() {
    let probes = probes(
        "version: 1
before-allow-traffic:
  probes:
    - http: /a?b=c
    - http: /a
    - http: https://a.example/b
      method: HEAD
    - { tcp: 80, name: GET /a }
    - tcp: 80
    - grpc: ''
    - grpc: ''
    - grpc: a.B
    - { tcp: 80, name: 8080 }
",
    );
    let names: Vec<&str> = probes.iter().map(|probe| probe.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "GET /a #2",
            "GET /a #3",
            "HEAD https://a.example/b",
            "GET /a",
            "tcp 80",
            "grpc",
            "grpc #2",
            "grpc a.B",
            "8080",
        ]
    );
}

#[test]
fn aliases_and_merges_are_followed() {
    let probes = probes(
        "version: 1
before-allow-traffic:
  probes:
    - &first
      http: /a
      every: 1s
      expect: &expect { status: 204 }
    - http: /b
      expect: *expect
    - <<: *first
      http: /c
",
    );
    let every: Vec<u64> = probes.iter().map(|probe| probe.every.as_secs()).collect();
    assert_eq!(every, [1, 2, 1]);
    for (probe, path) in probes.iter().zip(["/a", "/b", "/c"]) {
        let Check::Http(check) = &probe.check else {
            panic!("{probe:?}");
        };
        assert_eq!(check.to, WhereTo::Path(path.to_owned()));
        assert_eq!(check.expect.status.to_string(), "204");
    }
}
