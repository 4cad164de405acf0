//! From answer to answer.

use greenlight_exchange::{Jar, Kind, Options, Payload, Redirects};

use crate::support::*;

/// Leads from `/1` to `/2` and so on, down to `/0`.
async fn chain() -> Server {
    answers(|request| {
        let path = request.target().split('?').next().unwrap_or("/");
        match path.trim_start_matches('/').parse::<u32>() {
            Ok(0) | Err(_) => answer("200 OK", &["X-End: 1"], "end"),
            Ok(n) => {
                let location = format!("Location: /{}", n - 1);
                let cookie = format!("Set-Cookie: c{n}=1");
                answer("302 Found", &[&location, &cookie], "on")
            }
        }
    })
    .await
}

#[tokio::test]
async fn each_answer_is_there() {
    let server = chain().await;
    let calls = send(&client(), &get(server.url("/2?q=1")), &following()).await;
    let calls = calls.unwrap();
    let seen: Vec<_> = calls
        .iter()
        .map(|c| (c.answer.status, c.answer.url.clone()))
        .collect();
    assert_eq!(
        seen,
        [
            (302, server.url("/2?q=1")),
            (302, server.url("/1")),
            (200, server.url("/0")),
        ]
    );
    assert_eq!(calls[2].sent.url, server.url("/0"));
    assert_eq!(calls[2].answer.body, b"end");
    assert_eq!(server.connections(), 1);
    // Cookies are kept on the way.
    let sent: Vec<_> = server
        .received()
        .iter()
        .map(|r| r.header("cookie").map(str::to_owned))
        .collect();
    assert_eq!(
        sent,
        [None, Some("c2=1".to_owned()), Some("c1=1; c2=1".to_owned())]
    );
}

#[tokio::test]
async fn none_is_followed_unasked() {
    let server = chain().await;
    assert_eq!(
        one(&get(server.url("/2")), &Options::default())
            .await
            .status,
        302
    );
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn there_is_a_limit() {
    let server = chain().await;
    for (limit, path, calls) in [
        (Some(50), "/50", Ok(51)),
        (Some(50), "/51", Err(51)),
        (Some(1), "/2", Err(2)),
        (Some(0), "/1", Err(1)),
        (Some(0), "/0", Ok(1)),
        (None, "/200", Ok(201)),
    ] {
        let options = Options {
            max_redirects: limit,
            ..following()
        };
        let got = send(&client(), &get(server.url(path)), &options).await;
        let counts = match &got {
            Ok(calls) => Ok(calls.len()),
            Err(trouble) => Err(trouble.calls.len()),
        };
        assert_eq!(counts, calls, "{limit:?} {path}");
        if let Err(trouble) = got {
            let most = limit.unwrap();
            assert_eq!(trouble.kind, Kind::TooManyRedirects(most));
            assert!(
                trouble
                    .to_string()
                    .ends_with(&format!(": more than {most} redirects"))
            );
            assert!(trouble.remedy().unwrap().contains("max-redirs"));
        }
    }
    assert_eq!(Options::default().max_redirects, Some(50));
}

#[tokio::test]
async fn a_form_is_not_posted_twice_unless_the_server_says_so() {
    for (status, method) in [("303 See Other", "GET"), ("307 Temporary Redirect", "POST")] {
        let server = answers(move |request| match request.target() {
            "/from" => answer(status, &["Location: to"], ""),
            _ => ok(),
        })
        .await;
        let mut asked = ask("POST", server.url("/from"));
        asked.payload = Payload::Form(vec![pair("a", "b")]);
        let calls = send(&client(), &asked, &following()).await.unwrap();
        let last = server.last();
        assert_eq!(last.head[0], format!("{method} /to HTTP/1.1"));
        let kept = method == "POST";
        assert_eq!(last.body == b"a=b", kept);
        assert_eq!(last.header("content-type").is_some(), kept);
        assert_eq!(calls[1].sent.body == b"a=b", kept);
    }
}

#[tokio::test]
async fn credentials_go_to_another_server_only_if_it_is_trusted() {
    for (redirects, sent) in [(Redirects::Follow, false), (Redirects::FollowTrusted, true)] {
        let other = says_ok().await;
        let location = format!("Location: {}", other.url("/there"));
        let server = answers(move |_| answer("302 Found", &[&location], "")).await;
        let mut asked = get(server.url("/"));
        asked.headers = vec![pair("Cookie", "hand=1"), pair("X-Own", "1")];
        let options = Options {
            redirects,
            user: Some(pair("u", "p")),
            ..Options::default()
        };
        send(&client(), &asked, &options).await.unwrap();
        assert_eq!(server.last().header("authorization"), Some("Basic dTpw"));
        let last = other.last();
        assert_eq!(last.header("authorization").is_some(), sent);
        assert_eq!(last.header("cookie").is_some(), sent);
        assert_eq!(last.header("x-own"), Some("1"));
        assert_eq!(
            last.header("host"),
            Some(&*format!("127.0.0.1:{}", other.port))
        );
    }
}

#[tokio::test]
async fn where_no_request_can_go_is_said() {
    let server = answers(|_| answer("302 Found", &["Location: ftp://u:s3cr3t@h/"], "")).await;
    let trouble = fails(&get(server.url("/x?token=s3cr3t")), &following()).await;
    assert!(matches!(trouble.kind, Kind::BadRedirect(_)));
    assert_eq!(trouble.calls.len(), 1);
    assert_eq!(
        trouble.to_string(),
        format!(
            "GET {}?…: the redirect can't be followed: ftp:// is not supported, only http:// and \
             https:// are",
            server.url("/x")
        )
    );
}

#[tokio::test]
async fn what_goes_wrong_on_the_way_names_both_ends() {
    let server =
        answers(|_| answer("302 Found", &["Location: http://127.0.0.1:1/x?s3cr3t"], "")).await;
    let mut jar = Jar::new();
    let trouble = send_with(&client(), &get(server.url("/")), &following(), &mut jar).await;
    let trouble = trouble.unwrap_err();
    assert_eq!(
        trouble.to_string(),
        format!(
            "GET {}, redirected to GET http://127.0.0.1:1/x?…: connection refused",
            server.url("/")
        )
    );
    assert_eq!(trouble.calls.len(), 1);
}
