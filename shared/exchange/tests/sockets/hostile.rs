//! Servers that mean no good.

use std::{io, time::Duration};

use greenlight_exchange::{Bounds, Jar, Kind, Limit, Options, Trouble};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::{Instant, timeout},
};
use wire::Phase;

use crate::support::*;

const SHORT: Duration = Duration::from_millis(150);

/// Sends with little time.
async fn cut(url: String, options: &Options) -> Trouble {
    let bounds = Bounds {
        deadline: Instant::now() + SHORT,
        guard: None,
    };
    let (client, asked, mut jar) = (client(), get(url), Jar::new());
    let sent = client.send(&asked, options, &mut jar, bounds);
    let ended = timeout(NO_HANG, sent).await.expect("the deadline holds");
    ended.unwrap_err()
}

fn phase(trouble: &Trouble) -> (Phase, Limit) {
    match trouble.kind {
        Kind::Timeout { phase, limit, .. } => (phase, limit),
        _ => panic!("{trouble}"),
    }
}

/// Writes this again and again, with a pause.
async fn drip(mut stream: TcpStream, first: &[u8], then: &[u8], pause: u64) -> io::Result<()> {
    read_request(&mut stream, &mut Vec::new()).await?;
    stream.write_all(first).await?;
    loop {
        stream.write_all(then).await?;
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
}

#[tokio::test]
async fn one_that_does_not_accept() {
    // A full queue takes no connection more.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut waiting = Vec::new();
    while let Ok(Ok(stream)) = timeout(SHORT, TcpStream::connect(("127.0.0.1", port))).await {
        waiting.push(stream);
    }
    let url = format!("http://127.0.0.1:{port}/");
    let trouble = cut(url.clone(), &Options::default()).await;
    assert_eq!(phase(&trouble), (Phase::Connect, Limit::Deadline));
    assert!(
        trouble
            .to_string()
            .ends_with("while connecting (the time for all tests is over)")
    );
    let options = Options {
        connect_timeout: Some(SHORT),
        ..Options::default()
    };
    let trouble = fails(&get(url), &options).await;
    assert_eq!(phase(&trouble), (Phase::Connect, Limit::ConnectTimeout));
    assert!(
        trouble
            .to_string()
            .ends_with("while connecting (connect-timeout)")
    );
    assert!(trouble.remedy().unwrap().contains("security group"));
}

#[tokio::test]
async fn one_that_hangs_in_the_handshake() {
    let server = serve(|_, mut stream| async move {
        let mut buffer = [0; 1024];
        while stream.read(&mut buffer).await? > 0 {}
        Ok(())
    })
    .await;
    let trouble = cut(server.https("/"), &Options::default()).await;
    assert_eq!(phase(&trouble), (Phase::Tls, Limit::Deadline));
    let options = Options {
        connect_timeout: Some(SHORT),
        ..Options::default()
    };
    let trouble = fails(&get(server.https("/")), &options).await;
    assert_eq!(phase(&trouble), (Phase::Tls, Limit::ConnectTimeout));
}

#[tokio::test]
async fn those_that_never_come_to_an_end() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n";
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (first, then, pause, at) in [
        // Silence,
        (&b""[..], &b""[..], 1000, Phase::FirstByte),
        // a head in drops,
        (b"HTTP/1.1 200 OK\r\n", b"X: 1\r\n", 10, Phase::FirstByte),
        (b"HTTP/1.1 200 OK\r\nX: ", b"x", 10, Phase::FirstByte),
        // answers before the answer,
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n", 1, Phase::FirstByte),
        // a body that stops, drips, or has no end.
        (head, b"", 1000, Phase::Body),
        (head, b"x", 10, Phase::Body),
        (chunked, b"1\r\nx\r\n", 10, Phase::Body),
        (chunked, b"1;x=", 10, Phase::Body),
        (b"HTTP/1.0 200 OK\r\n\r\n", b"x", 10, Phase::Body),
    ] {
        let server = serve(move |_, stream| drip(stream, first, then, pause)).await;
        let trouble = cut(server.url("/"), &Options::default()).await;
        let text = String::from_utf8_lossy(first);
        assert_eq!(phase(&trouble), (at, Limit::Deadline), "{text:?}");
        let options = Options {
            max_time: Some(SHORT),
            ..Options::default()
        };
        let trouble = fails(&get(server.url("/")), &options).await;
        assert_eq!(phase(&trouble), (at, Limit::MaxTime), "{text:?}");
        assert!(trouble.remedy().unwrap().contains("max-time"));
    }
}

#[tokio::test]
async fn a_time_of_nothing_is_no_limit() {
    let server = says_ok().await;
    let options = Options {
        max_time: Some(Duration::ZERO),
        connect_timeout: Some(Duration::ZERO),
        ..Options::default()
    };
    assert_eq!(one(&get(server.url("/")), &options).await.status, 200);
}

#[tokio::test]
async fn a_deadline_that_has_passed_asks_nothing_twice() {
    let server = says_ok().await;
    let bounds = Bounds {
        deadline: Instant::now(),
        guard: None,
    };
    let (client, asked, mut jar) = (client(), get(server.url("/")), Jar::new());
    let options = Options::default();
    let sent = client.send(&asked, &options, &mut jar, bounds);
    phase(&sent.await.unwrap_err());
}

#[tokio::test]
async fn redirects_without_end() {
    let server = answers(|_| answer("302 Found", &["Location: /"], "")).await;
    let options = Options {
        max_redirects: None,
        ..following()
    };
    let trouble = cut(server.url("/"), &options).await;
    assert_eq!(phase(&trouble).1, Limit::Deadline);
    assert!(!trouble.calls.is_empty());
}

#[tokio::test]
async fn a_body_that_is_too_large() {
    let server = serve(|_, stream| async {
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n";
        drip_fast(stream, head).await
    })
    .await;
    let trouble = fails(&get(server.url("/")), &Options::default()).await;
    assert_eq!(trouble.kind, Kind::TooLarge);
    assert!(
        trouble
            .to_string()
            .ends_with("the answer's body is larger than 16 MB")
    );
}

async fn drip_fast(mut stream: TcpStream, head: &[u8]) -> io::Result<()> {
    read_request(&mut stream, &mut Vec::new()).await?;
    stream.write_all(head).await?;
    let block = vec![b'x'; 1 << 20];
    loop {
        stream.write_all(&block).await?;
    }
}

#[tokio::test]
async fn garbage() {
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: 1\r\n".repeat(2000));
    let long = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(400_000));
    for (reply, why) in [
        (&b"\0\xFF\x16\x03"[..], "no valid answer"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "no valid answer"),
        (b"HTTP/9.9 200 OK\r\n\r\n", "no valid answer"),
        (b"HTTP/1.1 2000 OK\r\n\r\n", "no valid answer"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
            "no valid answer",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            "no valid answer",
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "",
        ),
        (many.as_bytes(), "no valid answer"),
        (long.as_bytes(), "no valid answer"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort",
            "connection closed while reading the answer's body",
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nshort",
            "while reading the answer's body",
        ),
        (
            b"HTTP/1.1 200 OK\r\nX",
            "connection closed while waiting for the answer",
        ),
    ] {
        let reply = reply.to_vec();
        let shown = String::from_utf8_lossy(&reply)
            .chars()
            .take(60)
            .collect::<String>();
        let server = serve(move |_, mut stream| {
            let reply = reply.clone();
            async move {
                read_request(&mut stream, &mut Vec::new()).await?;
                stream.write_all(&reply).await?;
                stream.shutdown().await?;
                // What is not read would reset the connection.
                let mut rest = Vec::new();
                stream.read_to_end(&mut rest).await.map(|_| ())
            }
        })
        .await;
        let trouble = fails(&get(server.url("/")), &Options::default()).await;
        let text = trouble.to_string();
        assert!(text.contains(why), "{shown:?}: {text}");
        assert!(!text.contains('\n') && text.len() < 400, "{text}");
    }
}
