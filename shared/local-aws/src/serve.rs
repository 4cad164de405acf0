//! A small HTTP server: one listener, one handler, all connections end with it.

use std::{
    convert::Infallible, error::Error, fmt, future::Future, io, net::SocketAddr, time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header::CONTENT_TYPE};
use http_body_util::{BodyExt as _, Full, combinators::UnsyncBoxBody};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

pub(crate) type BoxError = Box<dyn Error + Send + Sync>;
pub(crate) type Body = UnsyncBoxBody<Bytes, BoxError>;

/// The connection is to be closed without an answer.
#[derive(Debug)]
pub(crate) struct Hangup;

impl fmt::Display for Hangup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("closed without an answer")
    }
}

impl Error for Hangup {}

/// A task that ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Guarded(JoinHandle<()>);

impl Guarded {
    pub(crate) fn spawn(task: impl Future<Output = ()> + Send + 'static) -> Guarded {
        Guarded(tokio::spawn(task))
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A running server. It and its connections end when this is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    _task: Guarded,
}

/// Listens on loopback; port 0 takes a free one.
pub(crate) async fn bind(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind(("127.0.0.1", port))
        .await
        .map_err(|error| {
            let text =
                format!("could not listen on 127.0.0.1:{port}: {error}; choose another port");
            io::Error::new(error.kind(), text)
        })
}

/// Serves HTTP/1.1 and HTTP/2 without TLS.
pub(crate) fn http<H, F>(listener: TcpListener, handler: H) -> io::Result<Server>
where
    H: Fn(Request<Incoming>, SocketAddr) -> F + Clone + Send + 'static,
    F: Future<Output = Result<Response<Body>, Hangup>> + Send + 'static,
{
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new());
    builder.http2().timer(TokioTimer::new());
    connections(listener, move |stream, peer| {
        let (builder, handler) = (builder.clone(), handler.clone());
        async move {
            let service = service_fn(move |request| handler(request, peer));
            // A connection that breaks is its client's affair.
            let _ = builder
                .serve_connection(TokioIo::new(stream), service)
                .await;
        }
    })
}

/// Hands each connection to `handler`, all at the same time.
pub(crate) fn connections<H, F>(listener: TcpListener, handler: H) -> io::Result<Server>
where
    H: Fn(TcpStream, SocketAddr) -> F + Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let address = listener.local_addr()?;
    let task = Guarded::spawn(async move {
        let mut open = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, peer)) => {
                        // Only speed is lost without it.
                        let _ = stream.set_nodelay(true);
                        open.spawn(handler(stream, peer));
                    }
                    // Out of file descriptors, say: don't spin.
                    Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
                },
                Some(_) = open.join_next() => {}
            }
        }
    });
    Ok(Server {
        address,
        _task: task,
    })
}

/// A body of known content.
pub(crate) fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into())
        .map_err(|never: Infallible| match never {})
        .boxed_unsync()
}

/// An answer of a known type of content.
pub(crate) fn answer(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Bytes>,
) -> Response<Body> {
    let mut response = Response::new(full(body));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, http::HeaderValue::from_static(content_type));
    response
}

/// Reads a body of at most `limit` bytes; `None` when it is longer or breaks.
pub(crate) async fn read(body: Incoming, limit: usize) -> Option<Bytes> {
    let body = http_body_util::Limited::new(body, limit);
    body.collect()
        .await
        .ok()
        .map(http_body_util::Collected::to_bytes)
}
