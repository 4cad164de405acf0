//! The server that the corpus is run against, all on loopback and on ports
//! that the system chooses: HTTP, HTTPS, HTTPS that asks for a certificate, and
//! one that answers prepared bytes, right and wrong ones.

mod documents;
mod mirror;
mod raw;
mod routes;
mod tls;

use std::{collections::BTreeMap, convert::Infallible, io};

use axum::Router;
use hyper::{Request, body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpSocket, TcpStream},
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;
use tower_service::Service;

/// The server. It is over when it is dropped.
pub(crate) struct Server {
    /// What the files know of it: `base_url` and the others, by name.
    pub(crate) variables: BTreeMap<&'static str, String>,
    /// What it puts beside the files: authorities and a client's certificate.
    pub(crate) files: Vec<(&'static str, String)>,
    _accepting: JoinSet<()>,
    // Bound, but nobody listens: whoever connects is refused.
    _refusing: TcpSocket,
}

/// Who may ask, and how.
#[derive(Clone)]
enum Door {
    Plain,
    Tls(TlsAcceptor),
}

/// Starts it.
pub(crate) async fn start() -> io::Result<Server> {
    let authority = tls::authority().map_err(io::Error::other)?;
    let any = tls::acceptor(&authority, tls::Clients::Any).map_err(io::Error::other)?;
    let known = tls::acceptor(&authority, tls::Clients::Known).map_err(io::Error::other)?;
    let app = routes::all();
    let mut accepting = JoinSet::new();

    let http = listener().await?;
    let https = listener().await?;
    let mutual = listener().await?;
    let raw = listener().await?;
    let refusing = TcpSocket::new_v4()?;
    refusing.bind(([127, 0, 0, 1], 0).into())?;

    let port = |listener: &TcpListener| listener.local_addr().map(|a| a.port().to_string());
    let (http_port, https_port) = (port(&http)?, port(&https)?);
    let (mutual_port, raw_port) = (port(&mutual)?, port(&raw)?);
    let closed_port = refusing.local_addr()?.port().to_string();
    let variables = BTreeMap::from([
        ("base_url", format!("http://127.0.0.1:{http_port}")),
        ("local_url", format!("http://localhost:{http_port}")),
        ("host", "127.0.0.1".to_owned()),
        ("port", http_port),
        ("tls_url", format!("https://localhost:{https_port}")),
        ("tls_port", https_port),
        ("mutual_url", format!("https://localhost:{mutual_port}")),
        ("raw_url", format!("http://127.0.0.1:{raw_port}")),
        ("raw_port", raw_port),
        ("closed_url", format!("http://127.0.0.1:{closed_port}")),
        ("closed_port", closed_port),
        ("cacert", "ca.pem".to_owned()),
    ]);

    accepting.spawn(accept(http, app.clone(), Door::Plain));
    accepting.spawn(accept(https, app.clone(), Door::Tls(any)));
    accepting.spawn(accept(mutual, app, Door::Tls(known)));
    accepting.spawn(raw::accept(raw));
    Ok(Server {
        variables,
        files: authority.files,
        _accepting: accepting,
        _refusing: refusing,
    })
}

async fn listener() -> io::Result<TcpListener> {
    TcpListener::bind(("127.0.0.1", 0)).await
}

async fn accept(listener: TcpListener, app: Router, door: Door) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        // Answers of two writes would wait for each other otherwise.
        let _ = stream.set_nodelay(true);
        connections.spawn(enter(stream, app.clone(), door.clone()));
        while connections.try_join_next().is_some() {}
    }
}

async fn enter(stream: TcpStream, app: Router, door: Door) {
    match door {
        Door::Plain => serve(stream, app).await,
        Door::Tls(acceptor) => {
            if let Ok(stream) = acceptor.accept(stream).await {
                serve(stream, app).await;
            }
        }
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, app: Router) {
    let service = service_fn(move |request: Request<Incoming>| {
        let answer = app.clone().call(request.map(axum::body::Body::new));
        async move { Ok::<_, Infallible>(answer.await.unwrap_or_else(|never| match never {})) }
    });
    let builder = auto::Builder::new(TokioExecutor::new());
    // A client that hangs up says nothing about the client's test.
    let _ = builder
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
