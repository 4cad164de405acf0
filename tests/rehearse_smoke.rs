//! `greenlight rehearse` with smoke tests: the example's, and the user's own.

use crate::{
    command::{all, rehearse, run_in},
    rehearse::Fault,
};

/// What the whole example does.
const SMOKE_FAULTS: &[Fault] = &[
    (
        "--fault broken-orders",
        1,
        &[
            "AfterAllowTestTraffic  calls CodeDeployHook_greenlight-AfterAllowTestTraffic",
            "verdict Failed",
            "+ smoke/items.hurl",
            "x smoke/orders.hurl:25, POST http://127.0.0.1:",
            "expected  status 201",
            "got       500",
            "the table orders has no column quantity",
            "AfterAllowTestTraffic  the hook reports Failed",
            " Failed: HOOK_EXECUTION_FAILURE",
            "rolled back by d-",
            ": blue serves.",
            "AfterAllowTestTraffic: smoke/orders.hurl:25",
            "expected status 201, got 500",
            "none failed.",
        ],
        &["BeforeAllowTraffic     calls", "production traffic"],
    ),
    (
        "--fault hanging-orders --timeout 9s",
        1,
        &[
            "verdict Failed",
            "x smoke/orders.hurl:",
            "the time was over",
            "AfterAllowTestTraffic  the hook reports Failed",
            ": blue serves.",
            "none failed.",
        ],
        &[
            "BeforeAllowTraffic     calls",
            "production traffic",
            "broke",
            "no status of the hook",
        ],
    ),
    (
        "--fault slow-green",
        1,
        &[
            "verdict Failed",
            "x smoke/items.hurl:",
            "duration",
            ": blue serves.",
        ],
        &["production traffic"],
    ),
    (
        "--fault unhealthy-green --timeout 9s",
        1,
        &[
            "verdict Failed",
            "AfterAllowTestTraffic  the hook reports Failed",
            ": blue serves.",
        ],
        &["production traffic", "+ smoke/"],
    ),
    (
        "--fault stale-listener --timeout 9s",
        1,
        // Blue would pass them all.
        &[
            "verdict Failed",
            "x proof of green, the test listener",
            ": blue serves.",
        ],
        &["production traffic", "+ smoke/"],
    ),
    (
        "--fault recovering-green",
        0,
        &["+ smoke/orders.hurl", "green serves."],
        &["rolled back"],
    ),
    (
        "--fault throttling",
        0,
        &["+ smoke/orders.hurl", "green serves."],
        &["rolled back"],
    ),
    (
        "--fault dropped-answers",
        0,
        &["+ smoke/orders.hurl", "green serves."],
        &["rolled back"],
    ),
    (
        "--fault access-denied=secretsmanager:GetSecretValue",
        1,
        &[
            "verdict Errored",
            "secretsmanager:GetSecretValue",
            ": blue serves.",
        ],
        &["production traffic", "+ smoke/"],
    ),
    (
        "--native",
        0,
        &[
            "POST_TEST_TRAFFIC_SHIFT        calls CodeDeployHook_greenlight-AfterAllowTestTraffic",
            "+ smoke/orders.hurl",
            "POST_TEST_TRAFFIC_SHIFT        the hook reports Succeeded",
            "PRE_PRODUCTION_TRAFFIC_SHIFT   calls CodeDeployHook_greenlight-BeforeAllowTraffic",
            "green serves.",
        ],
        &["rolled back"],
    ),
    (
        "--native --fault broken-orders",
        1,
        &[
            "x smoke/orders.hurl:25",
            "expected  status 201",
            "POST_TEST_TRAFFIC_SHIFT        the hook reports Failed",
            "ROLLBACK_SUCCESSFUL",
            ": blue serves.",
            "none failed.",
        ],
        &["production traffic"],
    ),
];

#[test]
fn smoke_tests_find_what_a_probe_does_not() {
    let suite = include_str!("../cli/example/smoke/orders.hurl");
    assert_eq!(suite.lines().position(|line| line == "HTTP 201"), Some(24));
    all(
        SMOKE_FAULTS,
        |(args, ..)| (*args).to_owned(),
        |(args, code, said, unsaid)| {
            let ran = rehearse(args).ended(*code);
            let ran = ran.says_in_order(said).never_says(unsaid);
            // The example's password.
            let ran = ran.never_says(&["two sugars", "two%20sugars", "two+sugars"]);
            assert_eq!(ran.err, "");
        },
    );
}

#[test]
fn a_broken_order_is_in_the_evidence_and_blue_serves() {
    let found = rehearse("--fault broken-orders --json").ended(1).document();
    assert_eq!(found["succeeded"], false);
    assert_eq!(found["deployment"]["rollback"]["status"], "Succeeded");
    assert_eq!(found["traffic"]["failed"], 0, "{found}");
    let hooks = found["hooks"].as_array().unwrap();
    assert_eq!(hooks.len(), 1, "{found}");
    assert_eq!(hooks[0]["status"], "Failed");
    let outcomes = hooks[0]["verdict"]["outcomes"].as_array().unwrap();
    let failed: Vec<_> = outcomes
        .iter()
        .filter(|o| o["status"] == "Failed")
        .collect();
    assert_eq!(failed[0]["check"], "smoke/orders.hurl:25", "{failed:#?}");
    assert_eq!(failed[0]["expected"], "status 201");
    assert!(
        failed[0]["got"].as_str().unwrap().starts_with("500"),
        "{failed:#?}"
    );
}

/// A suite beside a plan of the user's own.
const OWN_PLAN: &str = "\
version: 1
after-allow-test-traffic:
  smoke:
    files: ['tests/**/*.hurl']
    variables: { drink: tea }
    secrets:
      key: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/test-a1b2c3:key::'
before-allow-traffic:
  probes:
    - tcp: 8080
";

const OWN_TEST: &str = "\
GET {{base_url}}/items
X-Key: {{key}}
HTTP 200
[Asserts]
jsonpath \"$[0].name\" == {{drink}}

POST {{base_url}}/anything
file,data/body.txt;
HTTP 200
";

#[test]
fn own_smoke_tests_stand_beside_the_plan() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("greenlight.yaml", OWN_PLAN),
        ("tests/deep/own.hurl", OWN_TEST),
        ("tests/deep/data/body.txt", "hello"),
    ] {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let run = |args: &str| {
        let words = ["rehearse", "--plan", "greenlight.yaml"].into_iter();
        let args: Vec<&str> = words.chain(args.split_whitespace()).collect();
        run_in(folder.path(), &args)
    };
    run("--secret key=open-sesame")
        .ended(0)
        .says(&["+ tests/deep/own.hurl", "green serves."])
        .never_says(&["open-sesame", "note:"]);
    let without = run("").ended(1);
    without.says(&[
        "note: greenlight.yaml: its secret key has no value here; give it one with --secret key",
        "verdict Errored",
        "shop/test-a1b2c3",
        "blue serves.",
    ]);
    let ran = run("--secret other=open-sesame").ended(2);
    assert!(
        ran.err
            .starts_with("greenlight: --secret other: the plan has no such secret; it has key"),
        "{}",
        ran.err
    );
    // A mistake in a test is the gate's to tell, with its place.
    std::fs::write(folder.path().join("tests/bad.hurl"), "GET x\nHTTP abc\n").unwrap();
    let bad = run("--secret key=open-sesame").ended(1);
    bad.says(&["verdict Errored", "! tests/bad.hurl:2:6", "blue serves."]);
}
