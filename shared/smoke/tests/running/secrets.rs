//! No secret leaves a run.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE},
};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use smoke::Ending::{Failed, Passed};

use crate::{server::Server, support::Setup};

/// Plants the secret everywhere, and fails.
const PLANTED: &str = r#"
POST {{base_url}}/echo/{{token}}
X-Token: {{token}}
[Query]
q: {{token}}
[Options]
verbosity: debug
retry: 1
retry-interval: 1ms
[BasicAuth]
me: {{token}}
[Form]
a: b {{token}}
HTTP 404

POST {{base_url}}/echo
X-Token: {{token}}
[Query]
q: {{token}}
[BasicAuth]
me: {{token}}
[Cookies]
c: {{token}}
[Form]
a: b {{token}}
HTTP 200
x-uri: {{token}}
[Asserts]
body == "{{token}}"
body contains "no {{token}}"
body base64Encode == "{{token}}"
body base64Encode toHex == "{{token}}"
body urlEncode == "x"
body htmlEscape == "x"
bytes toHex == "x"
body split "q" == 7
header "x-uri" == "{{token}}"
url == "x"
variable "token" == "x"
header "{{token}}" exists
`{{token}}`
"#;

#[test]
fn a_planted_secret_never_leaves() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let server = runtime.block_on(Server::start());
    let mut runner = TestRunner::new(Config {
        cases: 24,
        failure_persistence: None,
        ..Config::default()
    });
    let secret = "[!-~]{4,20}".prop_filter("is written otherwise in the file", |s| {
        !s.contains(['{', '}', '*'])
    });
    let done = runner.run(&secret, |secret| {
        let setup = Setup::new(&server.url()).secret("token", &secret);
        let report = runtime.block_on(setup.all(&[("a.hurl", PLANTED)]));
        prop_assert_eq!(report.files[0].ending, Failed);
        prop_assert!(
            report.files[0].entries[1].failures.len() > 8,
            "{:?}",
            report
        );
        let outcomes = serde_json::to_string(&report.outcomes()).unwrap();
        let all = [
            format!("{report:?}"),
            serde_json::to_string(&report).unwrap(),
            outcomes,
            setup.heard.all().join("\n"),
        ];
        for form in forms(&secret) {
            for text in &all {
                prop_assert!(!text.contains(&form), "{} in {}", form, text);
            }
        }
        Ok(())
    });
    done.unwrap();
}

/// How the secret must not be seen. Forms that say little are left out.
fn forms(secret: &str) -> Vec<String> {
    let percent = |form: bool| -> String {
        let byte = |b: u8| match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
                char::from(b).to_string()
            }
            b'~' if !form => "~".to_owned(),
            b' ' if form => "+".to_owned(),
            b => format!("%{b:02X}"),
        };
        secret.bytes().map(byte).collect()
    };
    let json = serde_json::to_string(secret).unwrap();
    let json = json.trim_matches('"').to_owned();
    let hex: String = secret.bytes().map(|b| format!("{b:02x}")).collect();
    let mut all = vec![
        secret.to_owned(),
        percent(true),
        percent(false),
        percent(true).to_lowercase(),
        json,
        hex.to_uppercase(),
        hex,
        STANDARD.encode(secret),
        STANDARD_NO_PAD.encode(secret),
        URL_SAFE.encode(secret),
        STANDARD.encode(format!("me:{secret}")),
    ];
    all.retain(|form| form.len() > 3);
    all
}

#[tokio::test]
async fn a_secret_that_becomes_known_later_is_removed_from_what_came_before() {
    let server = Server::start().await;
    let setup = Setup::new(&server.url());
    let text = r#"
GET {{base_url}}/echo?t=captured-t0k3n
[Options]
verbose: true
HTTP 200

GET {{base_url}}/token
HTTP 200
[Captures]
token: jsonpath "$.token" redact

GET {{base_url}}/echo?t={{token}}
[Options]
verbose: true
HTTP 200
"#;
    let report = setup.all(&[("a.hurl", text)]).await;
    assert_eq!(report.files[0].ending, Passed, "{report:?}");
    let json = serde_json::to_string(&report).unwrap();
    assert!(!json.contains("t0k3n"), "{json}");
    assert!(json.contains("t=***"), "{json}");
    let heard = setup.heard.all();
    // The first entry was told before anybody knew.
    let later = &heard[heard.len() - 3..];
    assert!(
        later.iter().all(|line| !line.contains("t0k3n")),
        "{later:?}"
    );
}

#[tokio::test]
async fn credentials_are_hidden_though_nobody_calls_them_secret() {
    let server = Server::start().await;
    let url = server.url().replace("http://", "http://me:pass-word@");
    let setup = Setup::new(&url);
    let text = "GET {{base_url}}/echo\nCookie: a=crumbs\n[Options]\nvery-verbose: true\nHTTP 200\n\nGET {{base_url}}/login\nAuthorization: Bearer opaque\nHTTP 404\n";
    let report = setup.all(&[("a.hurl", text)]).await;
    let entries = &report.files[0].entries;
    assert_eq!(entries[1].ending, Failed, "{report:?}");
    let headers = |n: usize| {
        let exchange = &entries[n].exchanges[0];
        let all = exchange.request_headers.iter().chain(&exchange.headers);
        all.map(|(name, value)| (name.to_lowercase(), value.as_str()))
            .collect::<Vec<_>>()
    };
    assert!(
        headers(0).contains(&("cookie".to_owned(), "***")),
        "{report:?}"
    );
    assert!(
        headers(1).contains(&("authorization".to_owned(), "***")),
        "{report:?}"
    );
    assert!(
        headers(1).contains(&("set-cookie".to_owned(), "***")),
        "{report:?}"
    );
    assert!(
        !format!("{:?}", entries).contains("pass-word"),
        "{report:?}"
    );
}
