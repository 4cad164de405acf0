//! Where connections go, and how long they stay.

use std::sync::Mutex;

use greenlight_exchange::{Bounds, Family, Hop, Jar, Kind, Options};
use tokio::{io::AsyncWriteExt, time::Instant};

use crate::support::*;

#[tokio::test]
async fn a_hundred_requests_share_one() {
    let server = says_ok().await;
    let client = client();
    for n in 0..100 {
        let clone = client.clone();
        let asked = get(server.url(&format!("/{n}")));
        send(&clone, &asked, &Options::default()).await.unwrap();
    }
    assert_eq!((server.received().len(), server.connections()), (100, 1));
}

#[tokio::test]
async fn requests_at_the_same_time_have_their_own() {
    let server = says_ok().await;
    let client = client();
    for _ in 0..10 {
        let asked = get(server.url("/"));
        let options = Options::default();
        let (a, b, c) = tokio::join!(
            send(&client, &asked, &options),
            send(&client, &asked, &options),
            send(&client, &asked, &options)
        );
        assert!(a.is_ok() && b.is_ok() && c.is_ok());
    }
    assert!(server.connections() <= 3, "{}", server.connections());
}

#[tokio::test]
async fn one_that_the_server_closes_is_not_used_again() {
    let server = answers(|_| answer("200 OK", &["Connection: close"], "ok")).await;
    let client = client();
    for _ in 0..5 {
        send(&client, &get(server.url("/")), &Options::default())
            .await
            .unwrap();
    }
    assert_eq!(server.connections(), 5);
}

#[tokio::test]
async fn one_that_was_closed_without_a_word_is_replaced() {
    // Each connection takes a second request and says nothing to it.
    let server = serve(|_, mut stream| async move {
        let mut buffer = Vec::new();
        read_request(&mut stream, &mut buffer).await?;
        stream.write_all(&ok()).await?;
        read_request(&mut stream, &mut buffer).await?;
        Ok(())
    })
    .await;
    let client = client();
    let mut asked = ask("POST", server.url("/"));
    asked.payload = bytes("body");
    for _ in 0..4 {
        let calls = send(&client, &asked, &Options::default()).await.unwrap();
        assert_eq!(calls[0].answer.body, b"ok");
    }
    assert_eq!(server.connections(), 4);
}

#[tokio::test]
async fn a_new_one_that_is_closed_without_a_word_is_an_error() {
    let server = serve(|_, mut stream| async move {
        read_request(&mut stream, &mut Vec::new()).await?;
        Ok(())
    })
    .await;
    let trouble = fails(&get(server.url("/x")), &Options::default()).await;
    assert_eq!(
        trouble.to_string(),
        format!(
            "GET {}: connection closed while waiting for the answer",
            server.url("/x")
        )
    );
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn half_an_answer_is_not_asked_for_again() {
    let server = serve(|_, mut stream| async move {
        let mut buffer = Vec::new();
        read_request(&mut stream, &mut buffer).await?;
        stream.write_all(&ok()).await?;
        read_request(&mut stream, &mut buffer).await?;
        stream.write_all(b"HTTP/1.1 2").await
    })
    .await;
    let client = client();
    send(&client, &get(server.url("/")), &Options::default())
        .await
        .unwrap();
    let trouble = send(&client, &get(server.url("/")), &Options::default()).await;
    assert!(matches!(
        trouble.unwrap_err().kind,
        Kind::Transport(wire::Trouble::ClosedEarly(wire::Phase::FirstByte))
    ));
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn resolve_and_connect_to_lead_elsewhere() {
    let server = says_ok().await;
    let port = server.port;
    let to = |text: String| text.parse().unwrap();
    for (url, options) in [
        (
            format!("http://shop.example:{port}/"),
            Options {
                resolve: vec![to_resolve(&format!("shop.example:{port}:127.0.0.1"))],
                ..Options::default()
            },
        ),
        (
            format!("http://shop.example:{port}/"),
            Options {
                resolve: vec![to_resolve(&format!("*:{port}:127.0.0.1"))],
                ..Options::default()
            },
        ),
        (
            "http://shop.example/".to_owned(),
            Options {
                connect_to: vec![to(format!("shop.example:80:127.0.0.1:{port}"))],
                ..Options::default()
            },
        ),
        (
            "http://shop.example:81/".to_owned(),
            Options {
                connect_to: vec![
                    to("other:81:127.0.0.1:1".to_owned()),
                    to(format!("::inner:{port}")),
                ],
                resolve: vec![to_resolve(&format!("inner:{port}:127.0.0.1"))],
                ..Options::default()
            },
        ),
    ] {
        let answer = one(&get(&url), &options).await;
        assert_eq!(answer.ip.to_string(), "127.0.0.1");
        assert_eq!(answer.url, url);
        // The server hears the URL's own host.
        let host = url.strip_prefix("http://").unwrap().trim_end_matches('/');
        assert_eq!(server.last().header("host"), Some(host));
    }
}

fn to_resolve(text: &str) -> greenlight_exchange::Resolve {
    text.parse().unwrap()
}

#[tokio::test]
async fn addresses_of_one_request_hold_for_those_after_it() {
    let server = says_ok().await;
    let port = server.port;
    let (client, mut jar) = (client(), Jar::new());
    let asked = get(format!("http://shop.invalid:{port}/"));
    let options = Options {
        resolve: vec![to_resolve(&format!("shop.invalid:{port}:127.0.0.1"))],
        ..Options::default()
    };
    send_with(&client, &asked, &options, &mut jar)
        .await
        .unwrap();
    let plain = Options::default();
    send_with(&client, &asked, &plain, &mut jar).await.unwrap();
    let other_file = send(&client, &asked, &plain).await.unwrap_err();
    assert!(matches!(
        other_file.kind,
        Kind::Transport(wire::Trouble::Dns { .. })
    ));
    assert!(
        other_file
            .to_string()
            .contains("no address for shop.invalid: ")
    );
}

#[tokio::test]
async fn other_options_have_other_connections() {
    let (here, there) = (says_ok().await, says_ok().await);
    let client = client();
    let asked = get(here.url("/"));
    let elsewhere = Options {
        connect_to: vec![format!("::127.0.0.1:{}", there.port).parse().unwrap()],
        ..Options::default()
    };
    for _ in 0..3 {
        send(&client, &asked, &Options::default()).await.unwrap();
        send(&client, &asked, &elsewhere).await.unwrap();
    }
    for server in [here, there] {
        assert_eq!((server.received().len(), server.connections()), (3, 1));
    }
}

#[tokio::test]
async fn a_family_of_addresses_can_be_wanted() {
    let server = says_ok().await;
    for (family, found) in [(Family::V4, true), (Family::V6, false)] {
        let options = Options {
            family: Some(family),
            ..Options::default()
        };
        let asked = get(format!("http://localhost:{}/", server.port));
        let got = send(&client(), &asked, &options).await;
        assert_eq!(got.is_ok(), found, "{family:?}");
        let got = send(&client(), &get(server.url("/")), &options).await;
        assert_eq!(got.is_ok(), found, "{family:?}");
        if let Err(trouble) = got {
            let text = trouble.to_string();
            assert!(
                text.ends_with("no address for 127.0.0.1: it has none of IPv6"),
                "{text}"
            );
        }
    }
}

#[tokio::test]
async fn nobody_listens() {
    let port = free_port();
    let asked = get(format!("http://u:s3cr3t@127.0.0.1:{port}/a?b=s3cr3t"));
    let trouble = fails(&asked, &Options::default()).await;
    assert_eq!(
        trouble.to_string(),
        format!("GET http://127.0.0.1:{port}/a?…: connection refused")
    );
    assert!(trouble.remedy().unwrap().contains("check the port"));
    assert!(trouble.calls.is_empty());
}

#[tokio::test]
async fn the_guard_sees_each_request_before_it_goes_out() {
    let other = says_ok().await;
    let location = format!("Location: http://shop.example:{}/there", other.port);
    let server = answers(move |_| answer("302 Found", &[&location], "")).await;
    let seen = Mutex::new(Vec::new());
    let guard = |hop: &Hop<'_>| {
        let addresses = hop.addresses.map(<[_]>::len);
        let host = hop.host_header.map(str::to_owned);
        let headers = hop.headers.len();
        let to = format!("{}:{}", hop.connect_host, hop.connect_port);
        seen.lock().unwrap().push((
            hop.method.to_owned(),
            hop.url.path().to_owned(),
            to,
            addresses,
            host,
        ));
        assert!(headers >= 3);
        match hop.url.path() {
            "/there" => Err("shop.example is not the test listener".to_owned()),
            _ => Ok(()),
        }
    };
    let mut asked = ask("POST", server.url("/"));
    asked.headers = vec![pair("Host", "own")];
    let options = Options {
        resolve: vec![to_resolve(&format!("inner:{}:127.0.0.1", other.port))],
        connect_to: vec![
            format!("shop.example::inner:{}", other.port)
                .parse()
                .unwrap(),
        ],
        ..following()
    };
    let bounds = Bounds {
        deadline: Instant::now() + NO_HANG,
        guard: Some(&guard),
    };
    let sent = client()
        .send(&asked, &options, &mut Jar::new(), bounds)
        .await;
    let trouble = sent.unwrap_err();
    assert!(matches!(trouble.kind, Kind::Refused(_)));
    assert!(
        trouble
            .to_string()
            .ends_with(": not sent: shop.example is not the test listener")
    );
    assert_eq!(trouble.calls.len(), 1);
    assert_eq!(other.connections(), 0);
    let own = Some("own".to_owned());
    assert_eq!(
        seen.into_inner().unwrap(),
        [
            (
                "POST".to_owned(),
                "/".to_owned(),
                format!("127.0.0.1:{}", server.port),
                None,
                own.clone()
            ),
            (
                "GET".to_owned(),
                "/there".to_owned(),
                format!("inner:{}", other.port),
                Some(1),
                own
            ),
        ]
    );
}

#[tokio::test]
async fn a_bad_request_goes_nowhere() {
    let server = says_ok().await;
    let mut broken = get(server.url("/"));
    broken.headers = vec![pair("x-token", "s3cr3t\r\nX-More: 1")];
    for (asked, why) in [
        (broken, "x-token holds a line break"),
        (get("127.0.0.1/x"), "no scheme"),
        (
            get(format!("http://u:s3cr3t@127.0.0.1:{}/a b", server.port)),
            "a space",
        ),
        (ask("GE T", server.url("/")), "no method"),
    ] {
        let trouble = fails(&asked, &Options::default()).await;
        let text = trouble.to_string();
        assert!(
            text.contains("no request can be made: ") && text.contains(why),
            "{text}"
        );
        assert!(!text.contains("s3cr3t"), "{text}");
    }
    assert_eq!(server.connections(), 0);
}
