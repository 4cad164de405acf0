//! Targets that do what no server should: no probe hangs, none passes.

use std::{future::pending, io, time::Duration};

use futures_util::future::join_all;
use greenlight_probe::BODY_LIMIT;
use plan::{HttpVersion, JsonExpect, Probe};
use tokio::{
    io::{AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    time::sleep,
};
use verdict::{Outcome, Status};

use crate::support::*;

/// Runs a brief probe against a server that reads the request and then writes
/// these bytes, and closes.
async fn against(bytes: Vec<u8>) -> Outcome {
    let server = serve(move |_, mut stream| {
        let bytes = bytes.clone();
        async move {
            read_head(&mut stream).await?;
            stream.write_all(&bytes).await?;
            stream.shutdown().await
        }
    })
    .await;
    probe(brief(get()), server.target()).await
}

/// Holds a connection and says nothing.
async fn silence(_: u32, _stream: TcpStream) -> io::Result<()> {
    pending().await
}

async fn endless(mut stream: impl AsyncWrite + Unpin, part: &[u8]) -> io::Result<()> {
    loop {
        stream.write_all(part).await?;
    }
}

async fn drip(mut stream: impl AsyncWrite + Unpin) -> io::Result<()> {
    loop {
        stream.write_all(b"x").await?;
        stream.flush().await?;
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn accepts_and_says_nothing() {
    let server = serve(silence).await;
    for (version, words) in [
        (HttpVersion::Http1, "while waiting for the answer"),
        (HttpVersion::Http2, "while waiting for the answer"),
    ] {
        let probe = with_http(brief(get()), |http| http.version = version);
        let outcome = crate::support::probe(probe, server.target()).await;
        assert_told(&outcome, Status::Failed, "got no answer after ");
        assert_told(&outcome, Status::Failed, words);
    }
    let tls = greenlight_probe::Target {
        tls: true,
        ..server.target()
    };
    let outcome = probe(brief(get()), tls.clone()).await;
    assert_told(&outcome, Status::Failed, "during the TLS handshake");
    let outcome = probe(brief(quick(Probe::grpc(""))), server.target()).await;
    assert_told(
        &outcome,
        Status::Failed,
        "expected SERVING, got no answer after",
    );
}

#[tokio::test]
async fn no_answer_within_the_time_that_is_expected() {
    let server = serve(silence).await;
    let within = Duration::from_millis(30);
    let probe = expecting(brief(get()), |expect| expect.within = Some(within));
    let outcome = crate::support::probe(probe, server.target()).await;
    assert_told(
        &outcome,
        Status::Failed,
        "expected an answer within 30 ms, got no answer after 60 ms, while waiting for the answer",
    );
    assert!(outcome.attempts > 1);
}

#[tokio::test]
async fn an_answer_that_comes_late_is_told_with_its_time() {
    let server = serve(|_, mut stream| async move {
        read_head(&mut stream).await?;
        sleep(Duration::from_millis(150)).await;
        stream.write_all(plain("200 OK", "").as_bytes()).await
    })
    .await;
    let probe = expecting(get(), |expect| {
        expect.within = Some(Duration::from_millis(100))
    });
    let probe = Probe {
        timeout: Duration::from_secs(1),
        ..probe
    };
    let outcome = crate::support::probe(probe, server.target()).await;
    assert_told(
        &outcome,
        Status::Failed,
        "expected an answer within 100 ms, got ",
    );
}

#[tokio::test]
async fn a_byte_at_a_time() {
    let table = [
        ("", "while waiting for the answer"),
        (
            "HTTP/1.1 200 OK\r\nx-long: ",
            "while waiting for the answer",
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n",
            "while reading the answer's body",
        ),
        ("HTTP/1.1 200 OK\r\n\r\n", "while reading the answer's body"),
    ];
    join_all(table.map(|(start, words)| async move {
        let server = serve(move |_, mut stream| async move {
            read_head(&mut stream).await?;
            stream.write_all(start.as_bytes()).await?;
            if start.is_empty() {
                // The start of an answer, a byte at a time.
                for byte in b"HTTP/1.1 200 OK\r\n" {
                    stream.write_all(&[*byte]).await?;
                    sleep(Duration::from_millis(20)).await;
                }
            }
            drip(stream).await
        })
        .await;
        let outcome = probe(brief(get()), server.target()).await;
        assert_told(&outcome, Status::Failed, words);
        assert_told(
            &outcome,
            Status::Failed,
            "expected status 200-299, got no answer after",
        );
    }))
    .await;
}

#[tokio::test]
async fn an_endless_body_is_read_up_to_a_limit() {
    let server = serve(|_, mut stream| async move {
        read_head(&mut stream).await?;
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
        endless(stream, &[b'x'; 8192]).await
    })
    .await;
    // Nothing is expected of the body.
    assert_passed(&probe(get(), server.target()).await);
    assert_passed(&probe(with_text(get(), "xxx"), server.target()).await);
    let brief = |probe| Probe {
        timeout: Duration::from_secs(1),
        ..probe
    };
    let outcome = probe(brief(with_text(get(), "y")), server.target()).await;
    assert_told(
        &outcome,
        Status::Failed,
        &format!("got {BODY_LIMIT} bytes and more without it"),
    );
    let json = expecting(get(), |expect| {
        expect.body = Some(plan::Body {
            json: vec![JsonExpect {
                path: "$.status".parse().unwrap(),
                value: "UP".into(),
            }],
            ..plan::Body::default()
        });
    });
    let outcome = probe(brief(json), server.target()).await;
    assert_told(&outcome, Status::Failed, "which is not read as JSON");
}

#[tokio::test]
async fn endless_headers_end_at_a_limit() {
    for part in ["x-more: and more\r\n", "x"] {
        let server = serve(move |_, mut stream| async move {
            read_head(&mut stream).await?;
            stream.write_all(b"HTTP/1.1 200 OK\r\n").await?;
            endless(stream, part.repeat(512).as_bytes()).await
        })
        .await;
        let outcome = probe(brief(get()), server.target()).await;
        assert_told(&outcome, Status::Failed, "got no valid answer: ");
    }
}

#[tokio::test]
async fn a_huge_header_is_no_valid_answer() {
    let huge = format!("HTTP/1.1 200 OK\r\nx-huge: {}\r\n\r\n", "x".repeat(100_000));
    let outcome = against(huge.into_bytes()).await;
    assert_told(
        &outcome,
        Status::Failed,
        "got no valid answer: message head is too large",
    );
    // One that is merely long is fine.
    let long = format!(
        "HTTP/1.1 200 OK\r\nx-long: {}\r\ncontent-length: 0\r\n\r\n",
        "x".repeat(30_000)
    );
    assert_passed(&against(long.into_bytes()).await);
}

#[tokio::test]
async fn closes_at_once() {
    let server = serve(|_, stream| async move {
        drop(stream);
        Ok(())
    })
    .await;
    for version in [HttpVersion::Http1, HttpVersion::Http2] {
        let probe = with_http(brief(get()), |http| http.version = version);
        let outcome = crate::support::probe(probe, server.target()).await;
        assert_eq!(outcome.status, Status::Failed, "{}", outcome.line());
        let got = outcome.got.unwrap();
        assert!(got.contains("connection "), "{version:?}: {got}");
        assert!(outcome.attempts > 1);
    }
    let tls = greenlight_probe::Target {
        tls: true,
        ..server.target()
    };
    let outcome = probe(brief(get()), tls).await;
    assert_told(&outcome, Status::Failed, "got connection ");
    let outcome = probe(brief(quick(Probe::grpc(""))), server.target()).await;
    assert_told(
        &outcome,
        Status::Failed,
        "expected SERVING, got HTTP/2 failed: connection ",
    );
}

#[tokio::test]
async fn a_table_of_answers_that_are_none() {
    let table = [
        (
            &b""[..],
            "got connection closed while waiting for the answer",
        ),
        (
            b"HTTP/1.1 200",
            "got connection closed while waiting for the answer",
        ),
        (b"220 mail.example.com ESMTP\r\n\r\n", "got no valid answer"),
        (
            b"\x16\x03\x01\x00\x02\x02\x50\0\0\0\0",
            "got no valid answer",
        ),
        (b"HTTP/9.9 200 OK\r\n\r\n", "got no valid answer"),
        (b"HTTP/1.1 999999 OK\r\n\r\n", "got no valid answer"),
        (
            b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n",
            "got no valid answer",
        ),
        (
            b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc",
            "got connection closed while reading the answer's body",
        ),
        (
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
            "got ",
        ),
    ];
    join_all(table.map(|(bytes, words)| async move {
        let outcome = against(bytes.to_vec()).await;
        assert_told(&outcome, Status::Failed, words);
        assert!(outcome.attempts > 1, "{}", outcome.line());
    }))
    .await;
}

#[tokio::test]
async fn endless_interim_answers_end_with_the_attempt() {
    let server = serve(|_, mut stream| async move {
        read_head(&mut stream).await?;
        endless(stream, b"HTTP/1.1 100 Continue\r\n\r\n").await
    })
    .await;
    let outcome = probe(brief(get()), server.target()).await;
    assert_eq!(outcome.status, Status::Failed, "{}", outcome.line());
}

#[tokio::test]
async fn plain_http_where_tls_is_expected() {
    let server = serve(|_, mut stream| async move {
        stream
            .write_all(plain("400 Bad Request", "").as_bytes())
            .await?;
        pending().await
    })
    .await;
    let tls = greenlight_probe::Target {
        tls: true,
        ..server.target()
    };
    let outcome = probe(brief(get()), tls).await;
    assert_told(&outcome, Status::Failed, "got no TLS: ");
}
