//! What a server gets, and what is understood of its answer.

use greenlight_exchange::{Content, Options, Part, Payload};
use hurl_eval::HttpVersion;

use crate::support::*;

#[tokio::test]
async fn a_plain_request() {
    let server = says_ok().await;
    let asked = get(server.url("/a/../b?x=1#frag"));
    let calls = send(&client(), &asked, &Options::default()).await.unwrap();
    let call = &calls[0];
    let received = server.last();
    assert_eq!(received.head[0], "GET /b?x=1 HTTP/1.1");
    assert_eq!(received.head[1], format!("Host: 127.0.0.1:{}", server.port));
    assert_eq!(received.head[2], "Accept: */*");
    assert!(received.head[3].starts_with("User-Agent: greenlight/"));
    assert_eq!(received.head.len(), 4);

    assert_eq!(call.sent.method, "GET");
    assert_eq!(call.sent.url, asked.url);
    let sent: Vec<String> = call
        .sent
        .headers
        .iter()
        .map(|(n, v)| format!("{n}: {v}"))
        .collect();
    assert_eq!(sent, received.head[1..]);
    assert!(call.sent.body.is_empty());

    let answer = &call.answer;
    assert_eq!((answer.version, answer.status), (HttpVersion::Http11, 200));
    assert_eq!(answer.body, b"ok");
    assert_eq!(answer.url, server.url("/b?x=1#frag"));
    assert_eq!(answer.ip.to_string(), "127.0.0.1");
    assert_eq!(answer.certificate, None);
    assert!(answer.duration < NO_HANG);
}

#[tokio::test]
async fn a_body_of_each_kind() {
    let server = says_ok().await;
    let json = Payload::Bytes {
        bytes: b"{}".to_vec(),
        content_type: Some("application/json".to_owned()),
    };
    for (payload, media, body) in [
        (Payload::Empty, None, ""),
        (bytes("text"), None, "text"),
        (json, Some("application/json"), "{}"),
        (
            Payload::Form(vec![pair("a", "b c"), pair("d", "")]),
            Some("application/x-www-form-urlencoded"),
            "a=b%20c&d=",
        ),
    ] {
        for method in ["GET", "POST", "DELETE"] {
            let mut asked = ask(method, server.url("/"));
            asked.payload = payload.clone();
            one(&asked, &Options::default()).await;
            let received = server.last();
            assert!(received.head[0].starts_with(method));
            assert_eq!(received.header("content-type"), media);
            let length = (!body.is_empty()).then(|| body.len().to_string());
            assert_eq!(received.header("content-length"), length.as_deref());
            assert_eq!(received.body, body.as_bytes());
            assert_eq!(received.header("transfer-encoding"), None);
        }
    }
}

#[tokio::test]
async fn a_form_in_parts() {
    let server = says_ok().await;
    let mut asked = ask("POST", server.url("/"));
    asked.payload = Payload::Multipart(vec![Part {
        name: "f".to_owned(),
        content: Content::File {
            name: "a.txt".to_owned(),
            bytes: b"hello".to_vec(),
            content_type: "text/plain".to_owned(),
        },
    }]);
    let calls = send(&client(), &asked, &Options::default()).await.unwrap();
    let received = server.last();
    let media = received.header("content-type").unwrap().to_owned();
    let boundary = media
        .strip_prefix("multipart/form-data; boundary=")
        .unwrap();
    let body = String::from_utf8(received.body).unwrap();
    assert!(body.starts_with(&format!("--{boundary}\r\n")), "{body}");
    assert!(body.contains("filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\nhello\r\n"));
    assert_eq!(calls[0].sent.body, body.as_bytes());
}

#[tokio::test]
async fn headers_come_as_they_were_given() {
    let server = says_ok().await;
    let mut asked = ask("PUT", server.url("/"));
    asked.headers = vec![pair("x-one", "1"), pair("X-Empty", ""), pair("x-one", "é")];
    asked.basic_auth = Some(pair("bob", "pw"));
    asked.query = vec![pair("q", "a b")];
    let options = Options {
        compressed: true,
        headers: vec![pair("X-Opt", "2")],
        ..Options::default()
    };
    one(&asked, &options).await;
    let received = server.last();
    assert_eq!(received.target(), "/?q=a%20b");
    for line in [
        "X-One: 1",
        "X-One: é",
        "X-Empty: ",
        "X-Opt: 2",
        "Authorization: Basic Ym9iOnB3",
        "Accept-Encoding: gzip, deflate, br",
    ] {
        assert!(received.has(line), "{line} in {:?}", received.head);
    }
}

#[tokio::test]
async fn paths_come_as_they_were_given() {
    let server = says_ok().await;
    for (path, target, as_it_is) in [
        ("/a/../b", "/b", false),
        ("/a/../b", "/a/../b", true),
        ("/{{x}}\"|^\\?q={}|^`", "/{{x}}\"|^\\?q={}|^`", false),
        ("/ä?ä", "/%c3%a4?ä", false),
        ("", "/", false),
        ("?a", "/?a", false),
    ] {
        let options = Options {
            path_as_is: as_it_is,
            ..Options::default()
        };
        one(&get(server.url(path)), &options).await;
        assert_eq!(server.last().target(), target);
    }
}

#[tokio::test]
async fn chunks_of_the_users_own() {
    let server = says_ok().await;
    let mut asked = ask("POST", server.url("/"));
    asked.headers = vec![
        pair("Transfer-Encoding", "chunked"),
        pair("Expect", "100-continue"),
    ];
    asked.payload = bytes("body");
    one(&asked, &Options::default()).await;
    let received = server.last();
    assert_eq!(received.body, b"4\r\nbody\r\n0\r\n\r\n");
    assert_eq!(received.header("content-length"), None);
}

#[tokio::test]
async fn answers_of_all_shapes() {
    let long = "x".repeat(100_000);
    for (reply, status, body) in [
        ("HTTP/1.1 204 No Content\r\n\r\n".to_owned(), 204, ""),
        ("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n".to_owned(), 304, ""),
        ("HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok".to_owned(), 200, "ok"),
        ("HTTP/1.1 299 \u{fc}ber\r\nContent-Length: 2\r\n\r\nok".to_owned(), 299, "ok"),
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\
             Content-Length: 2\r\n\r\nok"
                .to_owned(),
            200,
            "ok",
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x-end\r\n\r\n2\r\nok\r\n1;x=y\r\n!\r\n0\r\n\
             X-End: 1\r\n\r\n"
                .to_owned(),
            200,
            "ok!",
        ),
        ("HTTP/1.0 200 OK\r\nConnection: close\r\n\r\nto the end".to_owned(), 200, "to the end"),
        ("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_owned() + &long, 200, &long),
        (
            "HTTP/1.1 200 OK\r\nContent-Length : 2\r\nX: a\r\n b\r\nno colon\r\n\r\nok".to_owned(),
            200,
            "ok",
        ),
    ] {
        let text = reply.clone();
        let server = answers(move |_| text.clone().into_bytes()).await;
        let answer = one(&get(server.url("/")), &Options::default()).await;
        assert_eq!((answer.status, answer.body.len()), (status, body.len()), "{reply:.60}");
        assert_eq!(answer.body, body.as_bytes());
    }
}

#[tokio::test]
async fn a_head_is_answered_without_a_body() {
    let server = answers(|_| b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n".to_vec()).await;
    let client = client();
    for _ in 0..2 {
        let asked = ask("HEAD", server.url("/"));
        let calls = send(&client, &asked, &Options::default()).await.unwrap();
        assert!(calls[0].answer.body.is_empty());
        assert_eq!(calls[0].answer.header("Content-Length").next(), Some("5"));
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn headers_are_read_in_any_encoding() {
    let server = answers(|_| {
        let mut reply = b"HTTP/1.1 200 OK\r\nX-Utf: \xC3\xA9\r\nX-Latin: \xE9\x80\r\n".to_vec();
        reply.extend_from_slice(b"x-two: 1\r\nX-TWO:  2 \r\nContent-Length: 0\r\n\r\n");
        reply
    })
    .await;
    let answer = one(&get(server.url("/")), &Options::default()).await;
    let all = |name| answer.header(name).collect::<Vec<_>>();
    assert_eq!(all("X-Utf"), ["é"]);
    assert_eq!(all("X-Latin"), ["é€"]);
    assert_eq!(all("X-Two"), ["1", "2"]);
}

#[tokio::test]
async fn a_compressed_body_stays_as_it_came() {
    let server = answers(|_| answer("200 OK", &["Content-Encoding: gzip"], "not gzip")).await;
    let options = Options {
        compressed: true,
        ..Options::default()
    };
    assert_eq!(one(&get(server.url("/")), &options).await.body, b"not gzip");
}

#[tokio::test]
async fn trailers_are_headers_too() {
    let reply = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-End: 1\r\n\r\n";
    let server = answers(move |_| reply.into()).await;
    let answer = one(&get(server.url("/")), &Options::default()).await;
    assert_eq!(answer.header("x-end").next(), Some("1"));
}
