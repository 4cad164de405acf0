//! An application load balancer's listener: HTTP both ways.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, Uri, Version,
    header::{CONNECTION, EXPECT, HOST, SERVER, TE},
    uri::{Authority, PathAndQuery, Scheme},
};
use http_body_util::BodyExt as _;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use tokio::net::TcpListener;

use super::{Picked, Shared, in_flight::Flight};
use crate::{
    clock, ids,
    serve::{self, Body, Hangup, Server},
};

/// How long connecting to a target may take: 10 seconds on AWS.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Shorter than servers keep idle connections, so that none is closed under a
/// request.
const POOL_IDLE: Duration = Duration::from_secs(2);

/// What concerns one connection only, besides what `Connection` names.
const HOP_BY_HOP: [&str; 7] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "transfer-encoding",
    "upgrade",
];

/// One listener.
pub(super) struct Forwarder {
    shared: Arc<Shared>,
    listener: String,
    port: u16,
    idle_timeout: Duration,
    http1: Client<HttpConnector, Body>,
    http2: Client<HttpConnector, Body>,
}

impl Forwarder {
    pub(super) fn serve(
        socket: TcpListener,
        shared: Arc<Shared>,
        listener: String,
        idle_timeout: Duration,
    ) -> io::Result<Server> {
        let client = |http2| {
            let mut connector = HttpConnector::new();
            connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
            connector.set_nodelay(true);
            Client::builder(TokioExecutor::new())
                .pool_timer(TokioTimer::new())
                .pool_idle_timeout(POOL_IDLE)
                .http2_only(http2)
                .build(connector)
        };
        let forwarder = Arc::new(Forwarder {
            shared,
            listener,
            port: socket.local_addr()?.port(),
            idle_timeout,
            http1: client(false),
            http2: client(true),
        });
        serve::http(socket, move |request, peer| {
            let forwarder = forwarder.clone();
            async move { Ok::<_, Hangup>(forwarder.forward(request, peer).await) }
        })
    }

    async fn forward(&self, request: Request<Incoming>, peer: SocketAddr) -> Response<Body> {
        let Some(picked) = self.shared.pick(&self.listener, request.uri().path()) else {
            return error(StatusCode::SERVICE_UNAVAILABLE);
        };
        let Picked { target, flight } = picked;
        let client = if target.http2 {
            &self.http2
        } else {
            &self.http1
        };
        let (host, port) = &target.address;
        let host = if host.contains(':') {
            format!("[{host}]")
        } else {
            host.clone()
        };
        let Some(request) = self.outgoing(request, peer, &format!("{host}:{port}"), target.http2)
        else {
            return error(StatusCode::BAD_REQUEST);
        };
        match tokio::time::timeout(self.idle_timeout, client.request(request)).await {
            Ok(Ok(response)) => incoming(response, flight),
            Ok(Err(failure)) if failure.is_connect() && timed_out(&failure) => {
                error(StatusCode::GATEWAY_TIMEOUT)
            }
            Ok(Err(_)) => error(StatusCode::BAD_GATEWAY),
            Err(_) => error(StatusCode::GATEWAY_TIMEOUT),
        }
    }

    fn outgoing(
        &self,
        request: Request<Incoming>,
        peer: SocketAddr,
        target: &str,
        http2: bool,
    ) -> Option<Request<Body>> {
        let (mut parts, body) = request.into_parts();
        let asked_for = parts.uri.authority().map(Authority::to_string);
        let path = parts.uri.path_and_query().cloned();
        parts.uri = Uri::builder()
            .scheme(Scheme::HTTP)
            .authority(target)
            .path_and_query(path.unwrap_or_else(|| PathAndQuery::from_static("/")))
            .build()
            .ok()?;
        parts.version = if http2 {
            Version::HTTP_2
        } else {
            Version::HTTP_11
        };
        let headers = &mut parts.headers;
        let trailers = headers.get(TE).is_some_and(|te| te == "trailers");
        strip(headers);
        headers.remove(EXPECT);
        headers.remove(TE);
        if http2 {
            headers.remove(HOST);
            if trailers {
                headers.insert(TE, HeaderValue::from_static("trailers"));
            }
        } else if let Some(host) = asked_for.and_then(|host| host.parse().ok()) {
            headers.insert(HOST, host);
        }
        let client = peer.ip().to_string();
        let chain = match headers.get("x-forwarded-for").and_then(|v| v.to_str().ok()) {
            Some(before) => format!("{before}, {client}"),
            None => client,
        };
        let set = [
            ("x-forwarded-for", chain),
            ("x-forwarded-proto", "http".to_owned()),
            ("x-forwarded-port", self.port.to_string()),
        ];
        for (name, value) in set {
            headers.insert(HeaderName::from_static(name), value.parse().ok()?);
        }
        let trace = HeaderName::from_static("x-amzn-trace-id");
        if !headers.contains_key(&trace) {
            let id = ids::trace_id(clock::now());
            let root = id.split(';').next().unwrap_or(&id);
            headers.insert(trace, root.parse().ok()?);
        }
        Some(Request::from_parts(
            parts,
            body.map_err(Into::into).boxed_unsync(),
        ))
    }
}

fn incoming(response: Response<Incoming>, flight: Flight) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    strip(&mut parts.headers);
    parts.version = Version::default();
    let body = Counted {
        body,
        _flight: flight,
    };
    Response::from_parts(parts, body.map_err(Into::into).boxed_unsync())
}

fn strip(headers: &mut HeaderMap) {
    let named: Vec<String> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|name| name.trim().to_owned())
        .collect();
    for name in named {
        headers.remove(name.as_str());
    }
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
}

/// The load balancer's own answer.
fn error(status: StatusCode) -> Response<Body> {
    let title = match status {
        // The load balancer's own wording.
        StatusCode::SERVICE_UNAVAILABLE => "503 Service Temporarily Unavailable".to_owned(),
        StatusCode::GATEWAY_TIMEOUT => "504 Gateway Time-out".to_owned(),
        other => other.to_string(),
    };
    let page = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    );
    let mut response = serve::answer(status, "text/html", page);
    response
        .headers_mut()
        .insert(SERVER, HeaderValue::from_static("awselb/2.0"));
    response
}

fn timed_out(error: &dyn std::error::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error
            .downcast_ref::<io::Error>()
            .is_some_and(|e| e.kind() == io::ErrorKind::TimedOut)
        {
            return true;
        }
        cause = error.source();
    }
    false
}

/// A body whose target is busy until it ends.
struct Counted {
    body: Incoming,
    _flight: Flight,
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
