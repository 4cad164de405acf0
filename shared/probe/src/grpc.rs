//! One question to gRPC's standard health service, `grpc.health.v1`.
//! <https://github.com/grpc/grpc/blob/master/doc/health-checking.md>

use std::{
    error::Error,
    future::Future,
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll},
};

use http::{HeaderMap, HeaderValue, Request, Response, header};
use hyper::{body::Incoming, client::conn::http2::SendRequest};
use tokio::time::Instant;
use tonic::{Code, Status, body::Body};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};
use tower_service::Service;
use wire::Scope;

use crate::{
    ask::{GrpcAsk, USER_AGENT},
    assess::status_text,
    classify::Trouble,
    connect::{Peer, TlsWay, connect},
    exchange::{HEAD_LIMIT, no_http2},
    watch::{Phase, Watch},
    words::{QUOTE, quote},
};

/// The only status that is a success.
pub(crate) const SERVING: &str = "SERVING";

/// An answer of the health service is a few bytes.
const MESSAGE_LIMIT: usize = 64 << 10;

/// Asks over a new connection. The inner result is the health service's word:
/// serving, or what else it said.
pub(crate) async fn ask(
    ask: &GrpcAsk,
    peer: Peer<'_>,
    tls: Option<&TlsWay>,
    watch: &mut Watch,
) -> Result<Result<(), String>, Trouble> {
    let connected = connect(peer, tls, watch).await?;
    if tls.is_some() && !connected.http2 {
        return Err(no_http2());
    }
    let scope = Scope::default();
    watch.enter(Phase::FirstByte);
    let sender = wire::handshake2(connected.io, HEAD_LIMIT, &scope)
        .await
        .map_err(|error| Trouble::of_hyper(&error, Phase::FirstByte).over_http2())?;
    let head = Arc::new(OnceLock::new());
    let channel = Channel {
        sender,
        head: head.clone(),
    };
    let mut client = HealthClient::with_origin(channel, ask.origin.clone())
        .max_decoding_message_size(MESSAGE_LIMIT);
    let request = HealthCheckRequest {
        service: ask.service.clone(),
    };
    let answer = client.check(request).await;
    if let Some(at) = head.get() {
        watch.enter_at(Phase::Body, *at);
    }
    match answer {
        Ok(response) => Ok(match response.get_ref().status() {
            ServingStatus::Serving => Ok(()),
            other => Err(other.as_str_name().to_owned()),
        }),
        Err(status) => match transport(&status, watch.phase()) {
            Some(trouble) if tls.is_none() => Err(trouble.over_http2()),
            Some(trouble) => Err(trouble),
            None => Ok(Err(refusal(&status, &ask.service))),
        },
    }
}

/// The transport's error in a status that tonic made of it.
fn transport(status: &Status, phase: Phase) -> Option<Trouble> {
    let mut next = status.source();
    while let Some(error) = next {
        if let Some(trouble) = error.downcast_ref::<Trouble>() {
            return Some(trouble.clone());
        }
        if let Some(error) = error.downcast_ref::<hyper::Error>() {
            return Some(Trouble::of_hyper(error, phase));
        }
        next = error.source();
    }
    None
}

/// What a server said in place of a serving status.
fn refusal(status: &Status, service: &str) -> String {
    let code = status.code();
    let name = code_name(code);
    match code {
        Code::Unimplemented => format!("{name}: the server has no grpc.health.v1 service"),
        Code::NotFound => format!(
            "{name}: the server doesn't know the service {}",
            quote(service)
        ),
        _ if status.message().is_empty() => name.to_owned(),
        _ => format!("{name}: {}", verdict::shorten(status.message(), QUOTE)),
    }
}

/// A code as gRPC's documents spell it.
/// <https://github.com/grpc/grpc/blob/master/doc/statuscodes.md>
fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

/// Carries the generated client's one call over one connection.
struct Channel {
    sender: SendRequest<Body>,
    /// When the head of the answer came.
    head: Arc<OnceLock<Instant>>,
}

impl Service<Request<Body>> for Channel {
    type Response = Response<Incoming>;
    type Error = Trouble;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Trouble>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Trouble>> {
        self.sender
            .poll_ready(context)
            .map_err(|error| Trouble::of_hyper(&error, Phase::FirstByte))
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let agent = HeaderValue::from_static(USER_AGENT);
        request.headers_mut().insert(header::USER_AGENT, agent);
        let sent = self.sender.send_request(request);
        let head = self.head.clone();
        Box::pin(async move {
            let response = sent
                .await
                .map_err(|error| Trouble::of_hyper(&error, Phase::FirstByte))?;
            let _ = head.set(Instant::now());
            match is_grpc(response.headers()) {
                true => Ok(response),
                false => Err(Trouble::BadAnswer(format!(
                    "not gRPC, but HTTP {}",
                    status_text(response.status())
                ))),
            }
        })
    }
}

fn is_grpc(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_refusals() {
        for (status, words) in [
            (
                Status::unimplemented("unknown service"),
                "UNIMPLEMENTED: the server has no grpc.health.v1 service",
            ),
            (
                Status::not_found(""),
                "NOT_FOUND: the server doesn't know the service \"shop.Checkout\"",
            ),
            (
                Status::unavailable("no\nhealthy upstream"),
                "UNAVAILABLE: no healthy upstream",
            ),
            (Status::internal(""), "INTERNAL"),
        ] {
            assert_eq!(refusal(&status, "shop.Checkout"), words);
        }
    }

    #[test]
    fn a_transports_error_is_told_from_a_servers_word() {
        let status = Status::from_error(Box::new(Trouble::Refused));
        assert_eq!(transport(&status, Phase::Body), Some(Trouble::Refused));
        assert_eq!(transport(&Status::unavailable("x"), Phase::Body), None);
    }
}
