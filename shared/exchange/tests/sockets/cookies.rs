//! The jar of a file.

use greenlight_exchange::{Jar, Options};

use crate::support::*;

/// Sets the cookies that the query names, each as `c=<header>`.
async fn bakery() -> Server {
    answers(|request| {
        let query = request.target().split('?').nth(1).unwrap_or("");
        let headers: Vec<String> = query
            .split('&')
            .filter_map(|pair| pair.strip_prefix("c="))
            .map(|cookie| format!("Set-Cookie: {}", cookie.replace('+', " ")))
            .collect();
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        answer("200 OK", &headers, "")
    })
    .await
}

#[tokio::test]
async fn a_jar_goes_from_request_to_request() {
    let server = bakery().await;
    let (client, mut jar) = (client(), Jar::new());
    for (host, path, cookies, sent) in [
        (
            "127.0.0.1",
            "/x/y?c=a=1&c=b=2;path=/&c=c=3;path=/zz",
            &[][..],
            None,
        ),
        ("127.0.0.1", "/x/z", &[], Some("a=1; b=2")),
        (
            "127.0.0.1",
            "/",
            &[pair("mine", "1"), pair("b", "3")],
            Some("b=2; mine=1; b=3"),
        ),
        // Another host, though the same server.
        ("localhost", "/x/z?c=sec=1;secure", &[], None),
        ("localhost", "/x/z", &[], Some("sec=1")),
        ("127.0.0.1", "/?c=b=;max-age=0", &[], Some("b=2")),
        ("127.0.0.1", "/", &[], None),
    ] {
        let mut asked = get(format!("http://{host}:{}{path}", server.port));
        asked.cookies = cookies.to_vec();
        send_with(&client, &asked, &Options::default(), &mut jar)
            .await
            .unwrap();
        assert_eq!(server.last().header("cookie"), sent, "{host}{path}");
    }
    // Another file has another jar.
    send(&client, &get(server.url("/x/y")), &Options::default())
        .await
        .unwrap();
    assert_eq!(server.last().header("cookie"), None);
}

#[tokio::test]
async fn a_domain_reaches_the_hosts_below_it() {
    let server = bakery().await;
    let (client, mut jar) = (client(), Jar::new());
    for (host, query, sent) in [
        (
            "w.a.localhost",
            "?c=all=1;domain=a.localhost&c=own=1&c=bad=1;domain=b.localhost",
            None,
        ),
        ("w.a.localhost", "", Some("own=1; all=1")),
        ("a.localhost", "", Some("all=1")),
        ("localhost", "", None),
    ] {
        let asked = get(format!("http://{host}:{}/{query}", server.port));
        send_with(&client, &asked, &Options::default(), &mut jar)
            .await
            .unwrap();
        assert_eq!(server.last().header("cookie"), sent, "{host}");
    }
}

#[tokio::test]
async fn a_header_of_the_users_goes_beside_the_jars() {
    let server = bakery().await;
    let (client, mut jar) = (client(), Jar::new());
    let first = get(server.url("/?c=jar=1"));
    send_with(&client, &first, &Options::default(), &mut jar)
        .await
        .unwrap();
    let mut asked = get(server.url("/"));
    asked.headers = vec![pair("cookie", "hand=1")];
    asked.cookies = vec![pair("mine", "1")];
    send_with(&client, &asked, &Options::default(), &mut jar)
        .await
        .unwrap();
    let received = server.last();
    assert!(
        received.has("Cookie: jar=1") && received.has("Cookie: hand=1"),
        "{:?}",
        received.head
    );
    assert!(!format!("{:?}", received.head).contains("mine"));
}

#[tokio::test]
async fn a_jar_shows_no_cookie() {
    let server = bakery().await;
    let mut jar = Jar::new();
    let asked = get(server.url("/?c=token=s3cr3t"));
    send_with(&client(), &asked, &Options::default(), &mut jar)
        .await
        .unwrap();
    let shown = format!("{jar:?}");
    assert!(
        shown.contains("cookies: 1") && !shown.contains("s3cr3t"),
        "{shown}"
    );
}
