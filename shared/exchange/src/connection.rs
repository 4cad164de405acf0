//! A connection that HTTP is spoken on.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header, uri::PathAndQuery};
use http_body_util::Full;
use hyper::{
    body::Incoming,
    client::conn::{http1, http2},
};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, pki_types::ServerName};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Instant,
};
use tokio_rustls::TlsConnector;
use wire::{Io, Phase, Scope, Trouble};

use crate::Family;

/// The longest head of an answer, in bytes; the same that curl takes.
const HEAD_LIMIT: u32 = 300 << 10;
/// So many headers may be in it.
const HEADER_LIMIT: usize = 1000;

/// Where a connection goes, and how: what two requests must have in common to
/// share one.
#[derive(Clone)]
pub(crate) struct Route {
    /// The URL's host: the name that the certificate must be for.
    pub(crate) name: String,
    /// The host and the port that are connected to.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The addresses of that host, where an option gives them.
    pub(crate) addresses: Option<Vec<IpAddr>>,
    pub(crate) family: Option<Family>,
    pub(crate) tls: Option<Arc<ClientConfig>>,
    /// HTTP/1.0 is not spoken on a connection that has spoken another version.
    pub(crate) http10: bool,
}

impl PartialEq for Route {
    fn eq(&self, other: &Self) -> bool {
        let same_tls = match (&self.tls, &other.tls) {
            (Some(own), Some(other)) => Arc::ptr_eq(own, other),
            (None, None) => true,
            _ => false,
        };
        let parts = |route: &Self| (route.port, route.family, route.http10);
        same_tls
            && parts(self) == parts(other)
            && self.name == other.name
            && self.host == other.host
            && self.addresses == other.addresses
    }
}

/// An open connection. What drives it ends when it is dropped.
pub(crate) struct Connection {
    sender: Sender,
    /// Bytes that the server has sent.
    received: Arc<AtomicU64>,
    pub(crate) peer: IpAddr,
    /// The server's own certificate in DER.
    pub(crate) certificate: Option<Vec<u8>>,
    _scope: Scope,
}

enum Sender {
    Http1(http1::SendRequest<Full<Bytes>>),
    Http2(http2::SendRequest<Full<Bytes>>),
}

/// A request could not be sent, or was not answered.
pub(crate) struct Unanswered {
    pub(crate) error: hyper::Error,
    /// Not one byte has come back: on a connection that has been idle, the
    /// server had closed it.
    pub(crate) silent: bool,
}

impl Connection {
    /// Opens a connection before `until`. `phase` follows what is being done.
    pub(crate) async fn open(
        route: &Route,
        until: Instant,
        phase: &mut Phase,
    ) -> Result<Self, Trouble> {
        let started = Instant::now();
        let addresses = addresses(route, phase).await?;
        *phase = Phase::Connect;
        let stream = wire::dial(&addresses, until, started).await?;
        let peer = stream
            .peer_addr()
            .map_err(|error| Trouble::of_io(&error, Phase::Connect))?
            .ip();
        let received = Arc::new(AtomicU64::new(0));
        let Some(config) = &route.tls else {
            let io = Box::new(Counted::new(stream, &received));
            return Self::http1(io, received, peer).await;
        };
        *phase = Phase::Tls;
        let name = ServerName::try_from(route.name.clone())
            .map_err(|_| Trouble::Impossible(format!("{:?} is no name for TLS", route.name)))?;
        let stream = TlsConnector::from(config.clone())
            .connect(name, stream)
            .await
            .map_err(|error| Trouble::of_io(&error, Phase::Tls))?;
        let session = stream.get_ref().1;
        let certificate = session.peer_certificates().and_then(|chain| chain.first());
        let certificate = certificate.map(|own| own.as_ref().to_vec());
        let http2 = session.alpn_protocol() == Some(b"h2");
        let io = Box::new(Counted::new(stream, &received));
        let connection = match http2 {
            true => Self::http2(io, received, peer).await,
            false => Self::http1(io, received, peer).await,
        };
        Ok(Self {
            certificate,
            ..connection?
        })
    }

    async fn http1(
        io: Box<dyn Io>,
        received: Arc<AtomicU64>,
        peer: IpAddr,
    ) -> Result<Self, Trouble> {
        let scope = Scope::default();
        let (sender, connection) = http1::Builder::new()
            .title_case_headers(true)
            .max_buf_size(2 * HEAD_LIMIT as usize)
            .max_header_size(HEAD_LIMIT as usize)
            .max_headers(HEADER_LIMIT)
            // What curl bears, too.
            .allow_obsolete_multiline_headers_in_responses(true)
            .allow_spaces_after_header_name_in_responses(true)
            .ignore_invalid_headers_in_responses(true)
            .handshake(TokioIo::new(io))
            .await
            .map_err(|error| Trouble::of_hyper(&error, Phase::Connect))?;
        scope.spawn(async {
            // What goes wrong is told to the sender, too.
            let _ = connection.await;
        });
        Ok(Self {
            sender: Sender::Http1(sender),
            received,
            peer,
            certificate: None,
            _scope: scope,
        })
    }

    async fn http2(
        io: Box<dyn Io>,
        received: Arc<AtomicU64>,
        peer: IpAddr,
    ) -> Result<Self, Trouble> {
        let scope = Scope::default();
        let sender = wire::handshake2(io, HEAD_LIMIT, &scope)
            .await
            .map_err(|error| Trouble::of_hyper(&error, Phase::Connect))?;
        Ok(Self {
            sender: Sender::Http2(sender),
            received,
            peer,
            certificate: None,
            _scope: scope,
        })
    }

    /// Waits until it can take a request; false: it never can again.
    pub(crate) async fn ready(&mut self) -> bool {
        match &mut self.sender {
            Sender::Http1(sender) => sender.ready().await.is_ok(),
            Sender::Http2(sender) => sender.ready().await.is_ok(),
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        match &self.sender {
            Sender::Http1(sender) => sender.is_closed(),
            Sender::Http2(sender) => sender.is_closed(),
        }
    }

    /// Sends a request with an absolute URL, and waits for the answer's head.
    pub(crate) async fn send(
        &mut self,
        mut request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, Unanswered> {
        let before = self.received.load(Ordering::Relaxed);
        let sent = match &mut self.sender {
            Sender::Http1(sender) => {
                let path = request.uri().path_and_query().cloned();
                let path = path.unwrap_or_else(|| PathAndQuery::from_static("/"));
                *request.uri_mut() = path.into();
                sender.send_request(request).await
            }
            Sender::Http2(sender) => {
                // The URL's authority says it.
                request.headers_mut().remove(header::HOST);
                sender.send_request(request).await
            }
        };
        sent.map_err(|error| {
            let received = self.received.load(Ordering::Relaxed);
            let http2 = matches!(self.sender, Sender::Http2(_));
            Unanswered {
                error,
                // HTTP/2 says good-bye before it goes.
                silent: received == before || (http2 && self.is_closed()),
            }
        })
    }
}

async fn addresses(route: &Route, phase: &mut Phase) -> Result<Vec<SocketAddr>, Trouble> {
    let Route { host, port, .. } = route;
    let port = *port;
    let mut found: Vec<SocketAddr> = if let Some(given) = &route.addresses {
        given.iter().map(|ip| SocketAddr::new(*ip, port)).collect()
    } else if let Some(address) = wire::literal(host, port) {
        vec![address]
    } else if is_local(host) {
        vec![
            (Ipv6Addr::LOCALHOST, port).into(),
            (Ipv4Addr::LOCALHOST, port).into(),
        ]
    } else {
        *phase = Phase::Dns;
        wire::lookup(host, port).await?
    };
    let Some(family) = route.family else {
        return Ok(found);
    };
    found.retain(|address| address.is_ipv4() == (family == Family::V4));
    if found.is_empty() {
        return Err(Trouble::Dns {
            host: host.clone(),
            why: match family {
                Family::V4 => "it has none of IPv4".to_owned(),
                Family::V6 => "it has none of IPv6".to_owned(),
            },
        });
    }
    Ok(found)
}

/// These names are this machine, whatever a resolver says (RFC 6761, 6.3).
fn is_local(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost")
}

/// The authority of an absolute URL in HTTP/2, where it stands for `Host`.
pub(crate) fn authority(host: &HeaderValue) -> Option<http::uri::Authority> {
    http::uri::Authority::try_from(host.as_bytes()).ok()
}

/// Counts what comes in.
struct Counted<T> {
    inner: T,
    received: Arc<AtomicU64>,
}

impl<T> Counted<T> {
    fn new(inner: T, received: &Arc<AtomicU64>) -> Self {
        Self {
            inner,
            received: received.clone(),
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Counted<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = match Pin::new(&mut self.inner).poll_read(context, buffer) {
            // Many servers end TLS without a word. Whether the answer is whole
            // is told by HTTP.
            Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Poll::Ready(Ok(()))
            }
            read => read,
        };
        let more = buffer.filled().len().saturating_sub(before);
        let more = u64::try_from(more).unwrap_or(u64::MAX);
        self.received.fetch_add(more, Ordering::Relaxed);
        read
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Counted<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}
