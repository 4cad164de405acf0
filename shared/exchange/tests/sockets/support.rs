use std::{
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use greenlight_exchange::{
    Bounds, Call, Client, Jar, Options, Payload, Redirects, Request, Trouble,
};
use hurl_eval::Answer;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::Instant,
};

/// Long enough for anything that isn't stuck.
pub(crate) const NO_HANG: Duration = Duration::from_secs(20);

/// A request as a server saw it.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    /// Its request line and its headers.
    pub(crate) head: Vec<String>,
    pub(crate) body: Vec<u8>,
}

impl Received {
    /// What is asked for, as it was sent.
    pub(crate) fn target(&self) -> &str {
        self.head[0].split(' ').nth(1).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head[1..].iter().find_map(|line| {
            let (own, value) = line.split_once(':')?;
            own.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }

    pub(crate) fn has(&self, line: &str) -> bool {
        self.head.iter().any(|own| own == line)
    }
}

/// A server, which ends when it is dropped.
pub(crate) struct Server {
    pub(crate) port: u16,
    connections: Arc<AtomicU32>,
    received: Arc<Mutex<Vec<Received>>>,
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(crate) fn https(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.port)
    }

    /// How many connections there have been.
    pub(crate) fn connections(&self) -> u32 {
        self.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    pub(crate) fn last(&self) -> Received {
        self.received().pop().expect("a request has come")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A server that does this with each connection.
pub(crate) async fn serve<F, O>(handle: F) -> Server
where
    F: Fn(u32, TcpStream) -> O + Send + 'static,
    O: Future<Output = io::Result<()>> + Send + 'static,
{
    serve_recording(Arc::default(), handle).await
}

async fn serve_recording<F, O>(received: Arc<Mutex<Vec<Received>>>, handle: F) -> Server
where
    F: Fn(u32, TcpStream) -> O + Send + 'static,
    O: Future<Output = io::Result<()>> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let connections = Arc::new(AtomicU32::new(0));
    let count = connections.clone();
    let task = tokio::spawn(async move {
        let mut tasks = tokio::task::JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            let number = count.fetch_add(1, Ordering::SeqCst) + 1;
            tasks.spawn(handle(number, stream));
        }
    });
    Server {
        port,
        connections,
        received,
        task,
    }
}

/// A server that answers all requests of a connection, one after the other.
pub(crate) async fn answers(
    reply: impl Fn(&Received) -> Vec<u8> + Send + Sync + 'static,
) -> Server {
    answers_over(reply, |stream| async move { Ok(stream) }).await
}

/// The same over what `open` makes of a connection.
pub(crate) async fn answers_over<S, O>(
    reply: impl Fn(&Received) -> Vec<u8> + Send + Sync + 'static,
    open: impl Fn(TcpStream) -> O + Send + 'static,
) -> Server
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
    O: Future<Output = io::Result<S>> + Send + 'static,
{
    let received: Arc<Mutex<Vec<Received>>> = Arc::default();
    let log = received.clone();
    let reply = Arc::new(reply);
    serve_recording(received, move |_, stream| {
        let (log, reply) = (log.clone(), reply.clone());
        let opened = open(stream);
        async move {
            let mut stream = opened.await?;
            let mut buffer = Vec::new();
            while let Some(request) = read_request(&mut stream, &mut buffer).await? {
                log.lock().unwrap().push(request.clone());
                let answer = reply(&request);
                stream.write_all(&answer).await?;
                stream.flush().await?;
                if String::from_utf8_lossy(&answer).contains("Connection: close") {
                    break;
                }
            }
            stream.shutdown().await
        }
    })
    .await
}

/// The next request of a connection; None: there is none.
pub(crate) async fn read_request(
    stream: &mut (impl AsyncRead + Unpin),
    buffer: &mut Vec<u8>,
) -> io::Result<Option<Received>> {
    let end = loop {
        if let Some(end) = buffer.windows(4).position(|w| w == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    };
    let head: Vec<u8> = buffer.drain(..end + 4).collect();
    let head = String::from_utf8_lossy(&head[..end]).into_owned();
    let head: Vec<String> = head.split("\r\n").map(str::to_owned).collect();
    let mut request = Received {
        head,
        body: Vec::new(),
    };
    if request.header("transfer-encoding") == Some("chunked") {
        while !buffer.ends_with(b"0\r\n\r\n") && stream.read_buf(buffer).await? > 0 {}
        request.body = std::mem::take(buffer);
        return Ok(Some(request));
    }
    let length = request.header("content-length");
    let length: usize = length.map_or(0, |length| length.parse().unwrap());
    while buffer.len() < length && stream.read_buf(buffer).await? > 0 {}
    request.body = buffer.drain(..length).collect();
    Ok(Some(request))
}

/// An answer with these header lines.
pub(crate) fn answer(status: &str, headers: &[&str], body: &str) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n", body.len());
    for header in headers {
        text.push_str(header);
        text.push_str("\r\n");
    }
    format!("{text}\r\n{body}").into_bytes()
}

pub(crate) fn ok() -> Vec<u8> {
    answer("200 OK", &[], "ok")
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// A server that says ok to everything.
pub(crate) async fn says_ok() -> Server {
    answers(|_| ok()).await
}

pub(crate) fn client() -> Client {
    Client::new(Arc::new(wire::tls::public().unwrap()))
}

pub(crate) fn get(url: impl Into<String>) -> Request {
    ask("GET", url)
}

pub(crate) fn ask(method: &str, url: impl Into<String>) -> Request {
    Request {
        method: method.to_owned(),
        url: url.into(),
        query: Vec::new(),
        headers: Vec::new(),
        cookies: Vec::new(),
        basic_auth: None,
        payload: Payload::Empty,
    }
}

pub(crate) fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

pub(crate) fn bytes(text: &str) -> Payload {
    Payload::Bytes {
        bytes: text.into(),
        content_type: None,
    }
}

pub(crate) fn following() -> Options {
    Options {
        redirects: Redirects::Follow,
        ..Options::default()
    }
}

/// Sends with all the time that a test has.
pub(crate) async fn send(
    client: &Client,
    request: &Request,
    options: &Options,
) -> Result<Vec<Call>, Trouble> {
    send_with(client, request, options, &mut Jar::new()).await
}

pub(crate) async fn send_with(
    client: &Client,
    request: &Request,
    options: &Options,
    jar: &mut Jar,
) -> Result<Vec<Call>, Trouble> {
    let bounds = Bounds {
        deadline: Instant::now() + NO_HANG,
        guard: None,
    };
    client.send(request, options, jar, bounds).await
}

/// The only answer to a request of a client of its own.
pub(crate) async fn one(request: &Request, options: &Options) -> Answer {
    let mut calls = send(&client(), request, options).await.unwrap();
    assert_eq!(calls.len(), 1);
    calls.pop().unwrap().answer
}

pub(crate) async fn fails(request: &Request, options: &Options) -> Trouble {
    send(&client(), request, options).await.unwrap_err()
}
