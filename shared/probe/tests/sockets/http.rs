//! What is sent, and how answers are read.

use std::sync::{Arc, Mutex};

use plan::{HttpVersion, Probe, WhereTo};
use tokio::io::AsyncWriteExt;
use verdict::Status;

use crate::support::*;

/// A server that keeps each request's head.
async fn recorder() -> (Server, Arc<Mutex<Vec<String>>>) {
    let heads = Arc::new(Mutex::new(Vec::new()));
    let kept = heads.clone();
    let server = serve(move |_, mut stream| {
        let kept = kept.clone();
        async move {
            let head = read_head(&mut stream).await?;
            kept.lock().unwrap().push(head);
            stream.write_all(plain("200 OK", "").as_bytes()).await
        }
    })
    .await;
    (server, heads)
}

#[tokio::test]
async fn a_request_is_what_the_plan_says() {
    let (server, heads) = recorder().await;
    let check = quick(Probe::http("/up?deep=1", plan::Matcher::default()));
    let check = with_http(check, |http| {
        http.headers = vec![("X-Tenant".into(), "demo".into())];
    });
    assert_passed(&probe(check, server.target()).await);
    let url = format!("http://shop.example.com:{}/up?deep=1", server.port);
    let check = with_http(get(), |http| http.to = WhereTo::Url(url.parse().unwrap()));
    assert_passed(&probe(check, server.target()).await);

    let heads = heads.lock().unwrap();
    let (path, url) = (heads[0].to_lowercase(), heads[1].to_lowercase());
    assert!(path.starts_with("get /up?deep=1 http/1.1\r\n"), "{path}");
    for line in [
        format!("host: 127.0.0.1:{}", server.port),
        "x-tenant: demo".to_owned(),
        format!("user-agent: greenlight/{}", env!("CARGO_PKG_VERSION")),
        "connection: close".to_owned(),
    ] {
        assert!(path.contains(&format!("\r\n{line}\r\n")), "{line}: {path}");
    }
    assert!(
        url.contains(&format!("\r\nhost: shop.example.com:{}\r\n", server.port)),
        "{url}"
    );
    assert!(
        !path.contains("cookie") && !path.contains("content-length"),
        "{path}"
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let server = answers(|_| {
        "HTTP/1.1 302 Found\r\nlocation: /login?next=x\r\ncontent-length: 0\r\n\r\n".to_owned()
    })
    .await;
    let outcome = probe(brief(get()), server.target()).await;
    assert_told(
        &outcome,
        Status::Failed,
        "got 302 Found to /login; redirects are not followed",
    );
    assert!(server.accepted() <= outcome.attempts);
    let expected = expecting(get(), |expect| expect.status = "302".parse().unwrap());
    assert_passed(&probe(expected, server.target()).await);
}

#[tokio::test]
async fn cookies_are_not_kept() {
    let heads = Arc::new(Mutex::new(Vec::new()));
    let kept = heads.clone();
    let server = serve(move |_, mut stream| {
        let kept = kept.clone();
        async move {
            let head = read_head(&mut stream).await?;
            kept.lock().unwrap().push(head);
            let answer = "HTTP/1.1 200 OK\r\nset-cookie: a=b\r\ncontent-length: 0\r\n\r\n";
            stream.write_all(answer.as_bytes()).await
        }
    })
    .await;
    let twice = Probe {
        healthy: 2,
        ..get()
    };
    assert_passed(&probe(twice, server.target()).await);
    let heads = heads.lock().unwrap();
    assert_eq!(heads.len(), 2);
    assert!(!heads[1].to_lowercase().contains("cookie"), "{}", heads[1]);
}

#[tokio::test]
async fn head_has_no_body() {
    // The length is that of the body which GET would have.
    let server = answers(|_| "HTTP/1.1 200 OK\r\ncontent-length: 12345\r\n\r\n".to_owned()).await;
    let check = with_http(get(), |http| http.method = "HEAD".to_owned());
    assert_passed(&probe(check, server.target()).await);
}

#[tokio::test]
async fn bodies_come_in_every_framing() {
    for answer in [
        "HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nit is up",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nit is\r\n3\r\n up\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\nit is up",
        "HTTP/1.0 200 OK\r\n\r\nit is up",
        "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nit is up",
    ] {
        let server = answers(|_| answer.to_owned()).await;
        assert_passed(&probe(with_text(get(), "it is up"), server.target()).await);
    }
}

#[tokio::test]
async fn http2_by_prior_knowledge() {
    let server = serve(|_, stream| async move {
        echo2(stream).await;
        Ok(())
    })
    .await;
    let check = with_http(get(), |http| http.version = HttpVersion::Http2);
    let host = format!("HTTP/2.0 host=127.0.0.1:{} agent=greenlight/", server.port);
    let outcome = probe(with_text(check.clone(), &host), server.target()).await;
    assert_passed(&outcome);

    // A header `host` becomes the authority.
    let check = with_http(check, |http| {
        http.headers = vec![("Host".into(), "shop.example.com".into())];
    });
    let outcome = probe(
        with_text(check, "host=shop.example.com agent"),
        server.target(),
    )
    .await;
    assert_passed(&outcome);
}

#[tokio::test]
async fn http2_is_not_spoken() {
    let server = serve(|_, stream| async move {
        echo1(stream).await;
        Ok(())
    })
    .await;
    let check = with_http(brief(get()), |http| http.version = HttpVersion::Http2);
    let outcome = probe(check, server.target()).await;
    assert_told(&outcome, Status::Failed, "got HTTP/2 failed: ");
}

#[tokio::test]
async fn an_impossible_request_is_told_at_once() {
    let (server, _) = recorder().await;
    let check = with_http(get(), |http| {
        http.headers = vec![("x-token".into(), "s3cr3t\n".into())];
    });
    let outcome = probe(check, server.target()).await;
    assert_told(
        &outcome,
        Status::Errored,
        "the value of the header x-token is not allowed",
    );
    assert!(!outcome.line().contains("s3cr3t"));
    assert_eq!((outcome.attempts, server.accepted()), (0, 0));
}
