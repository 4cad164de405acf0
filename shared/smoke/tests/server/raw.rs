//! Answers as bytes, for what no decent server sends.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

pub(super) async fn accept(listener: TcpListener) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(answer(stream));
        while connections.try_join_next().is_some() {}
    }
}

async fn answer(mut stream: TcpStream) {
    let mut head = Vec::new();
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        let mut some = [0; 1024];
        match stream.read(&mut some).await {
            Ok(count @ 1..) => head.extend_from_slice(some.get(..count).unwrap_or_default()),
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&head);
    let path = head.split(' ').nth(1).unwrap_or_default();
    let bytes: &[u8] = match path {
        "/http10" => b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil the end",
        "/nothing" => b"",
        "/garbage" => b"what is this?\r\n\r\n",
        "/short" => b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        "/long" => b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nlonger",
        "/until-close" => b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil the end",
        "/chunks" => {
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n\
              3\r\none\r\n5;x=y\r\n two!\r\n0\r\nTrailer: t\r\n\r\n"
        }
        "/bad-chunks" => b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\none\r\n0\r\n\r\n",
        "/open-chunks" => b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n",
        "/no-reason" => b"HTTP/1.1 200\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
        "/teapot" => b"HTTP/1.1 418 I'm a teapot, short and stout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        "/status-999" => b"HTTP/1.1 999 Odd\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        "/informed" => {
            b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n\
              HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
        }
        "/latin1-header" => {
            b"HTTP/1.1 200 OK\r\nX-City: Z\xfcrich\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        }
        "/utf8-header" => {
            b"HTTP/1.1 200 OK\r\nX-City: Z\xc3\xbcrich\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        }
        "/empty-header" => {
            b"HTTP/1.1 200 OK\r\nX-Empty:\r\nX-Blank:   \r\nX-Trim:   a b  \r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        }
        "/case-header" => {
            b"HTTP/1.1 200 OK\r\nx-CaSe: Yes\r\ncontent-LENGTH: 0\r\nConnection: close\r\n\r\n"
        }
        "/bare-newlines" => b"HTTP/1.1 200 OK\nX-A: 1\nContent-Length: 2\nConnection: close\n\nok",
        "/two-lengths" => {
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\nConnection: close\r\n\r\nokk"
        }
        _ => b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    };
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
}
