//! Retries, repetitions, captures, cookies, redirects: how entries run.

use smoke::Ending::{Errored, Failed, NotRun, Passed, Skipped};
use verdict::Status;

use crate::{
    server::Server,
    support::{Setup, endings, wrongs},
};

#[tokio::test]
async fn an_entry_is_tried_again_until_it_passes() {
    let server = Server::start().await;
    let setup = Setup::new(&server.url());
    let file = setup
        .one(
            "GET {{base_url}}/third/a\n[Options]\nretry: 5\nretry-interval: 1ms\nHTTP 200\n`a 3`\n",
        )
        .await;
    assert_eq!(endings(&file), [Passed]);
    assert_eq!(file.entries[0].attempts, 3);
    assert_eq!((file.requests, file.checks), (3, 2));
    assert_eq!(server.seen().len(), 3);
    let heard = setup.heard.all();
    assert_eq!(
        heard[..3],
        [
            "a.hurl 1/1 attempt 1",
            "a.hurl 1/1 attempt 2",
            "a.hurl 1/1 attempt 3"
        ]
    );
    assert!(heard[3].starts_with("a.hurl 1 Passed"), "{heard:?}");
    assert!(heard[4].starts_with("a.hurl Passed"), "{heard:?}");
    assert_eq!(heard.len(), 5);
}

#[tokio::test]
async fn retries_end() {
    let server = Server::start().await;
    let setup = Setup::new(&server.url());
    for (retry, attempts) in [("", 1), ("retry: 0\n", 1), ("retry: 1\n", 2)] {
        let text = format!(
            "GET {{{{base_url}}}}/status/500\n[Options]\n{retry}retry-interval: 1ms\nHTTP 200\n\nGET {{{{base_url}}}}/ok\nHTTP 200\n"
        );
        let file = setup.one(&text).await;
        assert_eq!(endings(&file), [Failed, NotRun], "{retry}");
        assert_eq!(file.entries[0].attempts, attempts, "{retry}");
        assert_eq!(file.entries[1].url, "{{base_url}}/ok");
    }
    assert_eq!(server.seen().len(), 4);
}

#[tokio::test]
async fn what_could_not_be_sent_is_tried_again_too() {
    let setup = Setup::new("http://127.0.0.1:9");
    let file = setup
        .one("GET {{nobody}}/ok\n[Options]\nretry: 2\nretry-interval: 1ms\nHTTP 200\n")
        .await;
    assert_eq!(endings(&file), [Errored]);
    assert_eq!((file.entries[0].attempts, file.requests), (3, 0));
    assert_eq!(file.entries[0].url, "{{nobody}}/ok");
    let wrongs = wrongs(&file.entries[0]);
    assert!(wrongs[0].starts_with("1: request: : "), "{wrongs:?}");
    assert!(wrongs[0].contains("nobody"), "{wrongs:?}");
    assert_eq!(file.status(), Status::Errored);
}

#[tokio::test]
async fn a_connection_that_is_refused_is_an_error() {
    // Bound, and nobody listens.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let address = socket.local_addr().unwrap();
    let file = Setup::new(&format!("http://{address}"))
        .one("GET {{base_url}}/\nHTTP 200\n")
        .await;
    assert_eq!(endings(&file), [Errored]);
    assert_eq!(file.entries[0].url, format!("http://{address}/"));
    assert_eq!(file.entries[0].failures[0].subject, "request");
    assert_eq!(file.entries[0].failures[0].column, 5);
}

#[tokio::test]
async fn a_repeated_entry_is_reported_each_time() {
    let server = Server::start().await;
    let setup = Setup::new(&server.url());
    let file = setup
        .one("GET {{base_url}}/ok\n[Options]\nrepeat: 3\nHTTP 200\n\nGET {{base_url}}/third/r\n[Options]\nrepeat: 5\nHTTP 503\n")
        .await;
    assert_eq!(
        endings(&file),
        [Passed, Passed, Passed, Passed, Passed, Failed]
    );
    let numbers: Vec<_> = file.entries.iter().map(|e| e.entry).collect();
    assert_eq!(numbers, [1, 1, 1, 2, 2, 2]);
}

#[tokio::test]
async fn what_is_skipped_does_not_run() {
    let server = Server::start().await;
    let setup = Setup::new(&server.url());
    let skip = "GET {{base_url}}/ok\n[Options]\nskip: true\nHTTP 200\n";
    let never = "GET {{base_url}}/ok\n[Options]\nvariable: n=0\nrepeat: {{n}}\nHTTP 200\n";
    let file = setup
        .one(&format!("{skip}{never}GET {{{{base_url}}}}/ok\nHTTP 200\n"))
        .await;
    assert_eq!(endings(&file), [Skipped, Skipped, Passed]);
    assert_eq!((file.ending, file.status()), (Passed, Status::Passed));
    assert_eq!(server.seen().len(), 1);
    let file = setup.one(&format!("{skip}{never}")).await;
    assert_eq!((file.ending, file.status()), (Skipped, Status::Failed));
}

#[tokio::test]
async fn a_file_that_checks_nothing_is_no_pass() {
    let server = Server::start().await;
    let setup = Setup::new(&server.url());
    for text in [
        "",
        "GET {{base_url}}/ok\n",
        "GET {{base_url}}/status/500\nHTTP *\n",
    ] {
        let file = setup.one(text).await;
        assert_eq!(file.status(), Status::Failed, "{text}");
        let line = file.outcomes()[0].line();
        assert!(line.starts_with("a.hurl: it checked nothing"), "{line}");
    }
}

#[tokio::test]
async fn captures_and_cookies_live_as_long_as_the_file() {
    let server = Server::start().await;
    let setup = Setup::new(&server.url());
    let text = r#"
GET {{base_url}}/login
HTTP 200

GET {{base_url}}/token
HTTP 200
[Captures]
token: jsonpath "$.token"
n: jsonpath "$.n"
[Asserts]
variable "token" == "captured-t0k3n"

GET {{base_url}}/whoami
[Options]
variable: seen={{n}}
HTTP 200
`session=s1`

GET {{base_url}}/echo
X-Token: {{token}}
[Options]
repeat: {{n}}
HTTP 200
[Asserts]
body contains "x-token: captured-t0k3n"
variable "seen" == "7"
"#;
    let report = setup
        .all(&[
            ("a.hurl", text),
            ("b.hurl", "GET {{base_url}}/whoami\nHTTP 200\n`nobody`\n"),
        ])
        .await;
    assert_eq!(report.files[0].ending, Passed, "{report:?}");
    assert_eq!(report.files[0].entries.len(), 10);
    assert_eq!(report.files[1].ending, Passed, "{report:?}");
}

#[tokio::test]
async fn captures_come_before_asserts_and_stay_when_those_fail() {
    let server = Server::start().await;
    let setup = Setup::new(&server.url());
    // The first attempt sends no variable that it had captured, the second does.
    let text = r#"
GET {{base_url}}/token
[Options]
variable: n="none"
HTTP 200

GET {{base_url}}/echo?n={{n}}
[Options]
retry: 1
retry-interval: 1ms
HTTP 200
[Captures]
n: header "x-uri"
[Asserts]
header "x-uri" contains "echo"
header "x-uri" != "/echo?n=none"
"#;
    let file = setup.one(text).await;
    assert_eq!(file.ending, Passed, "{file:?}");
    assert_eq!(file.entries[1].attempts, 2);
}

#[tokio::test]
async fn a_capture_that_finds_nothing_ends_the_file() {
    let server = Server::start().await;
    let setup = Setup::new(&server.url());
    for (capture, told) in [
        ("id: jsonpath \"$.nothing\"", "capture id"),
        ("id: jsonpath \"$.n\" redact", "capture id"),
    ] {
        let text = format!("GET {{{{base_url}}}}/token\nHTTP 200\n[Captures]\n{capture}\n");
        let file = setup.one(&text).await;
        assert_eq!(endings(&file), [Errored], "{capture}");
        assert_eq!(file.entries[0].failures[0].subject, told, "{capture}");
        assert_eq!(file.entries[0].failures[0].line, 4, "{capture}");
    }
}

#[tokio::test]
async fn options_that_do_not_fit_end_the_file_at_once() {
    let server = Server::start().await;
    let setup = Setup::new(&server.url());
    let text =
        "GET {{base_url}}/ok\n[Options]\nvariable: n=\"1\"\nretry: 3\nrepeat: {{n}}\nHTTP 200\n";
    let file = setup.one(text).await;
    assert_eq!(endings(&file), [Errored]);
    assert_eq!(file.entries[0].attempts, 0);
    let wrongs = wrongs(&file.entries[0]);
    assert_eq!(
        wrongs,
        ["5: option: : must be an integer from -1 on, and is string <1>"]
    );
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn redirects_are_followed_if_the_file_says_so() {
    let server = Server::start().await;
    let setup = Setup::new(&server.url());
    let stay = "GET {{base_url}}/away\nHTTP 302\n";
    let go = "GET {{base_url}}/away\n[Options]\nlocation: true\nverbose: true\nHTTP 200\n[Asserts]\nredirects count == 1\nurl endsWith \"/ok\"\n`fine`\n";
    let file = setup.one(&format!("{stay}{go}")).await;
    assert_eq!(file.ending, Passed, "{file:?}");
    assert_eq!(file.requests, 3);
    let exchanges = &file.entries[1].exchanges;
    let answers: Vec<_> = exchanges.iter().map(|e| e.answer.as_str()).collect();
    assert_eq!(answers, ["HTTP/1.1 302", "HTTP/1.1 200"]);
    assert!(file.entries[1].url.ends_with("/away"));
}
