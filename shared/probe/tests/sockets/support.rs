//! Servers that follow a script, and the shortest way to probe them.

use std::{
    convert::Infallible,
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use greenlight_probe::{Assignment, Prober, Progress, Target};
use http_body_util::Full;
use hyper::{Request, Response, body::Incoming, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use plan::{Check, Expect, HttpCheck, Matcher, Probe};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
    time::{Instant, timeout},
};
use verdict::{Outcome, Status};

/// Long enough for a slow machine, short enough to prove that nothing hangs.
pub(crate) const NO_HANG: Duration = Duration::from_secs(20);

/// For what can only fail: long enough for several attempts.
pub(crate) const BRIEF: Duration = Duration::from_millis(400);

/// A server on a port of its own, which ends when it is dropped.
pub(crate) struct Server {
    pub(crate) port: u16,
    /// Connections that it has accepted.
    pub(crate) accepted: Arc<AtomicU32>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    pub(crate) fn accepted(&self) -> u32 {
        self.accepted.load(Ordering::SeqCst)
    }

    pub(crate) fn target(&self) -> Target {
        target(self.port)
    }
}

/// Serves each connection with a handler, which is told its number from 1.
pub(crate) async fn serve<F, Fut>(handler: F) -> Server
where
    F: Fn(u32, TcpStream) -> Fut + Send + 'static,
    Fut: Future<Output = io::Result<()>> + Send + 'static,
{
    serve_on(TcpListener::bind("127.0.0.1:0").await.unwrap(), handler)
}

/// The same on a listener that is there.
pub(crate) fn serve_on<F, Fut>(listener: TcpListener, handler: F) -> Server
where
    F: Fn(u32, TcpStream) -> Fut + Send + 'static,
    Fut: Future<Output = io::Result<()>> + Send + 'static,
{
    let port = listener.local_addr().unwrap().port();
    let accepted = Arc::new(AtomicU32::new(0));
    let count = accepted.clone();
    let task = tokio::spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            let number = count.fetch_add(1, Ordering::SeqCst) + 1;
            connections.spawn(handler(number, stream));
        }
    });
    Server {
        port,
        accepted,
        task,
    }
}

/// A server that reads a request's head and answers with a text made of the
/// connection's number.
pub(crate) async fn answers<F>(answer: F) -> Server
where
    F: Fn(u32) -> String + Send + Sync + 'static,
{
    let answer = Arc::new(answer);
    serve(move |number, mut stream| {
        let answer = answer.clone();
        async move {
            read_head(&mut stream).await?;
            stream.write_all(answer(number).as_bytes()).await?;
            stream.shutdown().await
        }
    })
    .await
}

/// An answer of HTTP/1.1 with a length.
pub(crate) fn plain(status: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// Reads up to the end of a request's head and returns it.
pub(crate) async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// Serves one connection over HTTP/2, telling each request's authority,
/// version and headers in the body.
pub(crate) async fn echo2(io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
    let service = service_fn(echo);
    let _ = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
        .serve_connection(TokioIo::new(io), service)
        .await;
}

/// The same over HTTP/1.1.
pub(crate) async fn echo1(io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(io), service_fn(echo))
        .await;
}

async fn echo(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let host = request.uri().authority().map(ToString::to_string);
    let host = host.or_else(|| {
        let host = request.headers().get("host")?;
        Some(host.to_str().ok()?.to_owned())
    });
    let text = format!(
        "{} {} {:?} host={} agent={}",
        request.method(),
        request.uri().path(),
        request.version(),
        host.unwrap_or_default(),
        request.headers()["user-agent"].to_str().unwrap_or_default(),
    );
    Ok(Response::new(Full::from(text)))
}

pub(crate) fn target(port: u16) -> Target {
    Target {
        label: format!("task 127.0.0.1:{port}"),
        host: "127.0.0.1".to_owned(),
        port,
        tls: false,
    }
}

/// A probe that asks quickly and passes after one success; its time only ends
/// what would otherwise hang.
pub(crate) fn quick(probe: Probe) -> Probe {
    Probe {
        healthy: 1,
        every: Duration::from_millis(10),
        timeout: NO_HANG / 2,
        ..probe
    }
}

/// `GET /`, quick.
pub(crate) fn get() -> Probe {
    quick(Probe::http("/", Matcher::default()))
}

/// A probe whose time is over soon.
pub(crate) fn brief(probe: Probe) -> Probe {
    Probe {
        timeout: BRIEF,
        ..probe
    }
}

/// A probe with another expectation.
pub(crate) fn expecting(probe: Probe, change: impl FnOnce(&mut Expect)) -> Probe {
    with_http(probe, |http| change(&mut http.expect))
}

/// A probe with another request.
pub(crate) fn with_http(mut probe: Probe, change: impl FnOnce(&mut HttpCheck)) -> Probe {
    match &mut probe.check {
        Check::Http(http) => change(http),
        other => panic!("{other:?} is no HTTP check"),
    }
    probe
}

/// Expects this text in the body.
pub(crate) fn with_text(probe: Probe, text: &str) -> Probe {
    expecting(probe, |expect| {
        expect.body = Some(plan::Body {
            contains: vec![text.to_owned()],
            ..plan::Body::default()
        });
    })
}

/// Runs assignments and returns what came of them, with all that was told on
/// the way.
pub(crate) async fn run(
    assignments: Vec<Assignment>,
    within: Duration,
) -> (Vec<Outcome>, Vec<Progress>) {
    let told = Mutex::new(Vec::new());
    let listener = |progress: Progress| told.lock().unwrap().push(progress);
    let prober = Prober::with_public_authorities().unwrap();
    let deadline = Instant::now() + within;
    let outcomes = timeout(NO_HANG, prober.run(assignments, deadline, &listener))
        .await
        .expect("a probe hangs");
    (outcomes, told.into_inner().unwrap())
}

/// Runs one probe at one target.
pub(crate) async fn probe(probe: Probe, target: Target) -> Outcome {
    probe_trusting(probe, target, None).await
}

/// The same with a private authority.
pub(crate) async fn probe_trusting(probe: Probe, target: Target, ca: Option<&str>) -> Outcome {
    let assignment = Assignment {
        probe,
        targets: vec![target],
        ca: ca.map(|pem| pem.as_bytes().to_vec()),
    };
    let (mut outcomes, told) = run(vec![assignment], NO_HANG).await;
    assert_eq!(outcomes.len(), 1);
    let outcome = outcomes.remove(0);
    assert_eq!(
        outcome.attempts as usize,
        told.len(),
        "an attempt was not told"
    );
    outcome
}

#[track_caller]
pub(crate) fn assert_passed(outcome: &Outcome) {
    assert_eq!(outcome.status, Status::Passed, "{}", outcome.line());
}

/// The outcome has this status, and its line holds this text.
#[track_caller]
pub(crate) fn assert_told(outcome: &Outcome, status: Status, text: &str) {
    let line = outcome.line();
    assert_eq!(outcome.status, status, "{line}");
    assert!(line.contains(text), "{text:?} is not in {line:?}");
}
