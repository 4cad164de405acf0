//! The gate at AfterAllowTestTraffic: the application's own tests decide, and
//! whatever is missing is no pass.

use std::{net::SocketAddr, time::Duration};

use axum::{
    Router,
    http::{HeaderMap, StatusCode},
    routing::{get, post},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use gate::Hook;
use local_aws::{Fault, FaultKind};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{Played, Stage};

/// The value of the secret that the tests log in with.
const SECRET: &str = "correct-horse-battery";
const ARN: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/login-AbCdEf";

const SMOKE: &str = "\
version: 1
after-allow-test-traffic:
  smoke:
    files: smoke/*.hurl
    variables: { user: demo, count: 2 }
    secrets: { password: ARN }
";

const LOGIN: &str = "\
# Logs in, and looks at what is there.
POST {{base_url}}/login
[BasicAuth]
{{user}}: {{password}}
HTTP 200
[Captures]
token: jsonpath \"$.token\"

GET {{base_url}}/items
Authorization: Bearer {{token}}
HTTP 200
[Asserts]
jsonpath \"$.items\" count == {{count}}
header \"x-host\" == \"{{host}}\"
";

const HEALTH: &str = "GET {{base_url}}/health\nHTTP 200\n[Asserts]\nbody contains \"UP\"\n";

fn text(value: Value) -> String {
    value.to_string()
}

/// Green, as the application's tests know it.
async fn green() -> SocketAddr {
    let login = |headers: HeaderMap| async move {
        let wanted = format!("Basic {}", BASE64_STANDARD.encode(format!("demo:{SECRET}")));
        match headers.get("authorization").is_some_and(|v| *v == wanted) {
            true => (StatusCode::OK, text(json!({"token": "t0k3n"}))),
            false => (
                StatusCode::FORBIDDEN,
                text(json!({"error": "who are you?"})),
            ),
        }
    };
    let items = |headers: HeaderMap| async move {
        let host = headers["host"].to_str().unwrap_or_default().to_owned();
        let all = json!({"items": [{"name": "tea"}, {"name": "milk"}]});
        ([("x-host", host)], text(all))
    };
    let routes = Router::new()
        .route("/health", get(|| async { text(json!({"status": "UP"})) }))
        .route("/login", post(login))
        .route("/items", get(items))
        // What a test that goes wrong must not carry further.
        .route("/echo", post(|body: String| async move { body }))
        .route("/hang", get(std::future::pending::<()>));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    address
}

/// A stage with this plan and these files beside it.
async fn stage(plan: &str, files: &[(&str, &str)]) -> Stage {
    let mut stage = Stage::new();
    stage.hook = Hook::AfterAllowTestTraffic;
    stage.plan = Some(plan.replace("ARN", ARN));
    stage.beside = files
        .iter()
        .map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()))
        .collect();
    stage.secrets = vec![(ARN, SECRET)];
    stage.tasks.green = Some(green().await);
    stage
}

/// A stage whose tests pass.
pub(crate) async fn example() -> Stage {
    stage(SMOKE, &[("smoke/login.hurl", LOGIN)]).await
}

impl Played {
    fn checks(&self, status: &str) -> Vec<String> {
        let verdict = self.verdict();
        let outcomes = verdict["outcomes"].as_array().unwrap().iter();
        let wanted = outcomes.filter(|outcome| outcome["status"] == status);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        wanted.map(|outcome| text(&outcome["check"])).collect()
    }

    /// Everything that leaves the function.
    fn said(&self) -> String {
        let events: Vec<&str> = self.events.iter().map(|e| e.detail.as_str()).collect();
        format!("{}\n{}", self.logs.join("\n"), events.join("\n"))
    }

    fn stopped(&self, reason: &str) {
        assert_eq!(
            (self.reports, self.status()),
            (1, "Failed"),
            "{:#?}",
            self.logs
        );
        let found = self.reason();
        assert!(found.contains(reason), "{found}\nhas no\n{reason}");
        assert!(!self.said().contains(SECRET), "{}", self.said());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tests_that_pass_let_the_deployment_go_on() {
    let files = [("smoke/login.hurl", LOGIN), ("smoke/health.hurl", HEALTH)];
    let played = stage(SMOKE, &files).await.play().await;
    assert_eq!(
        (played.reports, played.status()),
        (1, "Succeeded"),
        "{:#?}",
        played.logs
    );
    assert_eq!(
        played.checks("Passed"),
        [
            "proof of green",
            "target health",
            "smoke/health.hurl",
            "smoke/login.hurl",
            "proof of green"
        ]
    );
    let lines = played
        .logs
        .iter()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut files: Vec<(String, u64)> = lines
        .filter(|line| line["message"] == "smoke")
        .map(|line| {
            (
                line["file"].as_str().unwrap().to_owned(),
                line["requests"].as_u64().unwrap(),
            )
        })
        .collect();
    files.sort();
    assert_eq!(
        files,
        [
            ("smoke/health.hurl".to_owned(), 1),
            ("smoke/login.hurl".to_owned(), 2)
        ]
    );
    let plan = "s3://plans/shop/shop-production/greenlight.yaml";
    assert_eq!(played.verdict()["plan"], plan);
    assert!(!played.said().contains(SECRET), "{}", played.said());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_assertion_that_fails_stops_it_with_line_expected_and_actual() {
    let files = [
        ("smoke/health.hurl", HEALTH),
        (
            "smoke/items.hurl",
            "GET {{base_url}}/items\nHTTP 200\n[Asserts]\njsonpath \"$.items[0].name\" == \"coffee\"\n",
        ),
    ];
    let played = stage(SMOKE, &files).await.play().await;
    played.stopped("smoke/items.hurl:4");
    let reason = played.reason();
    assert!(
        reason.contains("coffee") && reason.contains("tea"),
        "{reason}"
    );
    assert_eq!(played.checks("Failed"), ["smoke/items.hurl:4"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_gets_out() {
    let echo = "POST {{base_url}}/echo\n`it is {{password}}`\nHTTP 201\n[Asserts]\nbody == \"x\"\n\
                GET {{base_url}}/health?key={{password}}\nHTTP 500\n";
    let played = stage(SMOKE, &[("smoke/echo.hurl", echo)])
        .await
        .play()
        .await;
    played.stopped("smoke/echo.hurl:3");
    assert!(played.said().contains("it is ***"), "{}", played.said());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_missing_is_no_pass() {
    let place = "s3://plans/shop/shop-production/";
    let mut without = stage("", &[]).await;
    without.plan = None;
    let played = without.play().await;
    played.stopped(&format!("there is no plan, and a smoke test that tests nothing is no test; upload a plan to {place}greenlight.yaml"));

    let probes = "version: 1\nbefore-allow-traffic: { probes: [tcp: 80] }\n";
    let none = format!("no file matches smoke/*.hurl in {place}");
    let nothing = "nothing is asserted in smoke/a.hurl";
    for (plan, files, reason) in [
        (probes, &[][..], "names no smoke tests"),
        (SMOKE, &[], none.as_str()),
        (SMOKE, &[("other/a.hurl", HEALTH)], none.as_str()),
        (
            SMOKE,
            &[("smoke/a.hurl", "# later\n")],
            "there is no request in smoke/a.hurl",
        ),
        (
            SMOKE,
            &[("smoke/a.hurl", "GET {{base_url}}/health\n")],
            nothing,
        ),
        (
            SMOKE,
            &[("smoke/a.hurl", "GET {{base_url}}/health\nHTTP *\n")],
            nothing,
        ),
        // The one is no excuse for the other.
        (
            SMOKE,
            &[
                ("smoke/a.hurl", HEALTH),
                ("smoke/b.hurl", "GET {{base_url}}/health\n"),
            ],
            "smoke/b.hurl: it checked nothing",
        ),
        (
            SMOKE,
            &[(
                "smoke/a.hurl",
                "GET {{base_url}}/health\n[Options]\nskip: true\nHTTP 200\n",
            )],
            "smoke/a.hurl: it checked nothing",
        ),
    ] {
        let played = stage(plan, files).await.play().await;
        played.stopped(reason);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_with_a_mistake_stops_it_before_anything_is_sent() {
    let files = [
        ("smoke/a.hurl", HEALTH),
        ("smoke/b.hurl", "GET {{base_url}}/health\nHTTP abc\n"),
        (
            "smoke/c.hurl",
            "GET {{base_url}}/health\n[Options]\nproxy: localhost:1\nHTTP 200\n",
        ),
    ];
    let played = stage(SMOKE, &files).await.play().await;
    played.stopped("smoke/b.hurl:2:");
    let errored = played.checks("Errored");
    assert_eq!(errored.len(), 2, "{errored:?}");
    assert!(errored[1].starts_with("smoke/c.hurl:3:"), "{errored:?}");
    assert!(
        !played.said().contains("\"message\":\"smoke\""),
        "{}",
        played.said()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_that_cannot_be_read_is_told_with_what_to_do() {
    let files = [("smoke/login.hurl", LOGIN)];
    let mut missing = stage(SMOKE, &files).await;
    missing.secrets.clear();
    let played = missing.play().await;
    played.stopped("it isn't there");
    assert_eq!(played.checks("Errored"), ["secret password"]);

    let mut denied = stage(SMOKE, &files).await;
    denied.faults = vec![fault("GetSecretValue", FaultKind::AccessDenied)];
    let played = denied.play().await;
    played.stopped(&format!(
        "allow the function's role secretsmanager:GetSecretValue on {ARN}"
    ));

    let keyed = stage(&SMOKE.replace("ARN", "\"ARN:password::\""), &files).await;
    let played = keyed.play().await;
    played.stopped("its value is no JSON object, so it has no key \"password\"");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_of_a_secret_is_enough() {
    let plan = SMOKE.replace("ARN", "\"ARN:password::\"");
    let mut stage = stage(&plan, &[("smoke/login.hurl", LOGIN)]).await;
    let json = r#"{"user":"demo","password":"correct-horse-battery"}"#;
    stage.secrets = vec![(ARN, json)];
    let played = stage.play().await;
    assert_eq!(played.status(), "Succeeded", "{:#?}", played.logs);
    assert!(!played.said().contains(SECRET), "{}", played.said());
}

fn fault(operation: &str, kind: FaultKind) -> Fault {
    Fault {
        operation: Some(operation.to_owned()),
        kind,
        times: None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listing_that_is_refused_says_what_to_allow() {
    let mut stage = stage(SMOKE, &[("smoke/health.hurl", HEALTH)]).await;
    stage.faults = vec![fault("ListObjectsV2", FaultKind::AccessDenied)];
    let played = stage.play().await;
    played.stopped("allow the function's role s3:ListBucket on plans");
    assert_eq!(played.checks("Errored"), ["smoke tests"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tests_and_what_they_send_come_from_a_folder_too() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("shop/shop-production");
    std::fs::create_dir_all(place.join("smoke/data")).unwrap();
    let send =
        "POST {{base_url}}/echo\nfile,data/order.txt;\nHTTP 200\n[Asserts]\nbody == \"one tea\"\n";
    for (name, text) in [
        ("greenlight.yaml", SMOKE.replace("ARN", ARN).as_str()),
        ("smoke/send.hurl", send),
        ("smoke/data/order.txt", "one tea"),
    ] {
        std::fs::write(place.join(name), text).unwrap();
    }
    let mut stage = stage("", &[]).await;
    stage.plan = None;
    let root = format!("file://{}", folder.path().display());
    stage.env.insert("GREENLIGHT_PLANS".to_owned(), root);
    let played = stage.play().await;
    assert_eq!(played.status(), "Succeeded", "{:#?}", played.logs);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tests_are_found_on_every_page_of_a_listing() {
    let plan = SMOKE.replace("smoke/*.hurl", "[\"smoke/**/[hz]*.hurl\", last.hurl]");
    let mut stage = stage(&plan, &[]).await;
    let names = (0..1500).map(|n| format!("smoke/data/{n:04}.json"));
    let tests = ["smoke/health.hurl", "smoke/z/health.hurl", "last.hurl"];
    stage.beside = names.map(|name| (name, vec![])).collect();
    stage
        .beside
        .extend(tests.map(|name| (name.to_owned(), HEALTH.into())));
    let played = stage.play().await;
    assert_eq!(played.status(), "Succeeded", "{:#?}", played.logs);
    let passed = played.checks("Passed");
    assert_eq!(
        passed[2..5],
        ["last.hurl", "smoke/health.hurl", "smoke/z/health.hurl"]
    );
    let listings = played.calls.iter();
    let listings = listings.filter(|call| call.operation == "ListObjectsV2");
    assert_eq!(listings.count(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_tests_send_comes_from_beside_them() {
    let send = |name: &str| {
        format!(
            "POST {{{{base_url}}}}/echo\nfile,{name};\nHTTP 200\n[Asserts]\nbody == \"one tea\"\n"
        )
    };
    let good = send("data/order.txt");
    let files = [
        ("smoke/send.hurl", good.as_str()),
        ("smoke/data/order.txt", "one tea"),
    ];
    let played = stage(SMOKE, &files).await.play().await;
    assert_eq!(played.status(), "Succeeded", "{:#?}", played.logs);
    for (name, reason) in [
        ("data/gone.txt", "there is no \"smoke/data/gone.txt\""),
        (
            "../greenlight.yaml",
            "is not below the folder of smoke/send.hurl",
        ),
    ] {
        let played = stage(SMOKE, &[("smoke/send.hurl", &send(name))])
            .await
            .play()
            .await;
        played.stopped(reason);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_listener_that_serves_blue_is_no_pass() {
    let plan = format!("{SMOKE}    timeout: 2s\n");
    let mut stage = stage(&plan, &[("smoke/health.hurl", HEALTH)]).await;
    stage.stale = true;
    let played = stage.play().await;
    played.stopped("expected it forwards to green's target group shop-green alone, got it forwards 100 % to shop-blue");
    assert!(
        !played.said().contains("\"message\":\"smoke\""),
        "{}",
        played.said()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_do_not_reach_green_prove_nothing() {
    let other = green().await;
    let elsewhere = format!("GET http://{other}/health\nHTTP 200\n");
    let played = stage(SMOKE, &[("smoke/a.hurl", &elsewhere)])
        .await
        .play()
        .await;
    played.stopped("none of the requests went to green");
    assert_eq!(played.checks("Failed"), ["smoke tests"]);
    // With others that do, they may be a part of it.
    let files = [
        ("smoke/a.hurl", elsewhere.as_str()),
        ("smoke/b.hurl", HEALTH),
    ];
    let played = stage(SMOKE, &files).await.play().await;
    assert_eq!(played.status(), "Succeeded", "{:#?}", played.logs);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_base_url_of_its_own_still_goes_to_the_test_listener() {
    let plan = format!("{SMOKE}    base-url: http://shop.invalid\n");
    let host = "GET {{base_url}}/items\nHTTP 200\n[Asserts]\nurl == \"http://shop.invalid/items\"\n\
                header \"x-host\" == \"{{host}}\"\nvariable \"host\" == \"shop.invalid\"\n";
    let played = stage(&plan, &[("smoke/host.hurl", host)])
        .await
        .play()
        .await;
    assert_eq!(played.status(), "Succeeded", "{:#?}", played.logs);
    let plan = format!("{SMOKE}    base-url: https://shop.invalid\n");
    let played = stage(&plan, &[("smoke/host.hurl", host)])
        .await
        .play()
        .await;
    played.stopped("it begins with https://, and the test listener");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_that_hangs_is_left_in_time() {
    let hang = "GET {{base_url}}/hang\nHTTP 200\nGET {{base_url}}/health\nHTTP 200\n";
    let files = [("smoke/a.hurl", hang), ("smoke/b.hurl", HEALTH)];
    let mut by_function = stage(SMOKE, &files).await;
    by_function.timeout = Duration::from_secs(9);
    let played = by_function.play().await;
    played.stopped("smoke/a.hurl:1");
    assert!(
        played.reason().contains("the time was over"),
        "{}",
        played.reason()
    );
    assert!(
        played.took() < Duration::from_secs(9),
        "{:?}",
        played.took()
    );
    assert!(played.checks("Passed").contains(&"smoke/b.hurl".to_owned()));

    let by_plan = stage(&format!("{SMOKE}    timeout: 2s\n"), &files).await;
    let played = by_plan.play().await;
    played.stopped("the time was over");
    assert!(
        played.took() < Duration::from_secs(15),
        "{:?}",
        played.took()
    );
}
