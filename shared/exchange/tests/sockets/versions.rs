//! Versions of HTTP.

use greenlight_exchange::{Options, Wanted};
use hurl_eval::HttpVersion;

use crate::support::*;

fn wanted(version: Wanted) -> Options {
    Options {
        version,
        ..Options::default()
    }
}

#[tokio::test]
async fn what_is_asked_without_tls() {
    let server = says_ok().await;
    for (version, line) in [
        (Wanted::Auto, "GET / HTTP/1.1"),
        (Wanted::Http11, "GET / HTTP/1.1"),
        (Wanted::Http10, "GET / HTTP/1.0"),
        // Only TLS can agree on it.
        (Wanted::Http2, "GET / HTTP/1.1"),
    ] {
        one(&get(server.url("/")), &wanted(version)).await;
        let received = server.last();
        assert_eq!(received.head[0], line);
        assert_eq!(received.header("connection"), None);
    }
}

#[tokio::test]
async fn an_old_version_can_be_answered() {
    let server = answers(|_| b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok".to_vec()).await;
    for version in [Wanted::Auto, Wanted::Http10] {
        let answer = one(&get(server.url("/")), &wanted(version)).await;
        assert_eq!(answer.version, HttpVersion::Http10);
        assert_eq!(answer.body, b"ok");
    }
}

#[tokio::test]
async fn an_old_version_carries_a_body() {
    let server = says_ok().await;
    let mut asked = ask("POST", server.url("/"));
    asked.payload = bytes("body");
    let answer = one(&asked, &wanted(Wanted::Http10)).await;
    assert_eq!(answer.version, HttpVersion::Http11);
    assert_eq!(server.last().body, b"body");
}

#[tokio::test]
async fn versions_do_not_share_connections() {
    let server = says_ok().await;
    let client = client();
    for version in [Wanted::Http11, Wanted::Http10, Wanted::Http11, Wanted::Auto] {
        send(&client, &get(server.url("/")), &wanted(version))
            .await
            .unwrap();
    }
    assert_eq!(server.connections(), 2);
}
