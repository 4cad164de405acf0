//! One HTTP request and its answer.

use bytes::{Bytes, BytesMut};
use http::{HeaderValue, Request, Response, header};
use http_body_util::{BodyExt, Empty};
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use plan::HttpVersion;
use wire::{Io, Scope};

use crate::{
    ask::HttpAsk,
    assess::Answer,
    classify::Trouble,
    connect::{Connected, Peer, TlsWay, connect},
    watch::{Phase, Watch},
};

/// The part of a body that is read, in bytes; the rest is left.
pub const BODY_LIMIT: usize = 1 << 20;

/// The longest head of an answer, in bytes: more than load balancers let
/// through.
pub const HEAD_LIMIT: u32 = 64 << 10;

/// Sends a request over a new connection and reads its answer.
pub(crate) async fn exchange(
    ask: &HttpAsk,
    version: HttpVersion,
    peer: Peer<'_>,
    tls: Option<&TlsWay>,
    watch: &mut Watch,
) -> Result<Answer, Trouble> {
    let Connected { io, http2 } = connect(peer, tls, watch).await?;
    let wanted = version == HttpVersion::Http2;
    if wanted && !http2 && tls.is_some() {
        return Err(no_http2());
    }
    let scope = Scope::default();
    watch.enter(Phase::FirstByte);
    let prior_knowledge = wanted && tls.is_none();
    let sent = match http2 || wanted {
        true => send2(ask, io, &scope).await,
        false => send1(ask, io, &scope).await,
    };
    let response = sent.map_err(|error| {
        let trouble = Trouble::of_hyper(&error, Phase::FirstByte);
        if prior_knowledge {
            trouble.over_http2()
        } else {
            trouble
        }
    })?;
    watch.enter(Phase::Body);
    let (head, body) = response.into_parts();
    let (body, truncated) = read(body)
        .await
        .map_err(|error| Trouble::of_hyper(&error, Phase::Body))?;
    Ok(Answer {
        status: head.status,
        headers: head.headers,
        body,
        truncated,
        elapsed: watch.elapsed(),
    })
}

/// TLS is spoken, but not HTTP/2 over it.
pub(crate) fn no_http2() -> Trouble {
    Trouble::Http2("the server doesn't offer it over TLS (ALPN)".to_owned())
}

async fn send1(ask: &HttpAsk, io: Box<dyn Io>, scope: &Scope) -> hyper::Result<Response<Incoming>> {
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(2 * HEAD_LIMIT as usize)
        .max_header_size(HEAD_LIMIT as usize)
        .handshake(TokioIo::new(io))
        .await?;
    scope.spawn(async {
        // What goes wrong is told to the sender, too.
        let _ = connection.await;
    });
    let mut request = request(ask);
    let host = request
        .uri()
        .authority()
        .map(|host| host.as_str().to_owned());
    if let Some(host) = host.and_then(|host| HeaderValue::try_from(host).ok()) {
        request.headers_mut().insert(header::HOST, host);
    }
    let close = HeaderValue::from_static("close");
    request
        .headers_mut()
        .entry(header::CONNECTION)
        .or_insert(close);
    if let Some(path) = request.uri().path_and_query() {
        *request.uri_mut() = path.clone().into();
    }
    sender.send_request(request).await
}

async fn send2(ask: &HttpAsk, io: Box<dyn Io>, scope: &Scope) -> hyper::Result<Response<Incoming>> {
    let mut sender = wire::handshake2(io, HEAD_LIMIT, scope).await?;
    sender.send_request(request(ask)).await
}

fn request(ask: &HttpAsk) -> Request<Empty<Bytes>> {
    let mut request = Request::new(Empty::new());
    *request.method_mut() = ask.method.clone();
    *request.uri_mut() = ask.uri.clone();
    *request.headers_mut() = ask.headers.clone();
    request
}

/// The body up to [`BODY_LIMIT`], and whether there is more of it.
async fn read(mut body: Incoming) -> hyper::Result<(Bytes, bool)> {
    let mut read = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else {
            continue;
        };
        let room = BODY_LIMIT - read.len();
        read.extend_from_slice(data.get(..room).unwrap_or(&data));
        if data.len() > room {
            return Ok((read.freeze(), true));
        }
    }
    Ok((read.freeze(), false))
}
