//! The Runtime API (2018-06-01) of one environment.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use serde_json::json;
use tokio::sync::mpsc;

use super::PAYLOAD_LIMIT;
use crate::{
    serve::{self, Body, Hangup, Server},
    sync::lock,
};

/// An event for the function.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) request_id: String,
    pub(super) arn: String,
    pub(super) trace_id: String,
    /// In milliseconds since the Unix epoch.
    pub(super) deadline: u64,
    pub(super) payload: Bytes,
}

/// What the function says.
#[derive(Debug)]
pub(super) enum Said {
    /// It asks for work.
    Ready,
    /// It answers the invocation with this id.
    Returned(String, Bytes),
    /// It failed at the invocation with this id.
    Failed(String, Report),
    /// It could not be initialised.
    InitFailed(Report),
}

/// An error as the function reports it.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) payload: Bytes,
    pub(super) error_type: Option<String>,
}

/// The two ends of it that the environment holds.
#[derive(Debug)]
pub(super) struct RuntimeApi {
    pub(super) address: SocketAddr,
    pub(super) work: mpsc::Sender<Work>,
    pub(super) said: mpsc::UnboundedReceiver<Said>,
    _server: Server,
}

struct State {
    work: tokio::sync::Mutex<mpsc::Receiver<Work>>,
    said: mpsc::UnboundedSender<Said>,
    /// The id of the invocation that is being worked on.
    current: Mutex<Option<String>>,
}

impl RuntimeApi {
    pub(super) async fn start() -> std::io::Result<RuntimeApi> {
        let (work, work_receiver) = mpsc::channel(1);
        let (said_sender, said) = mpsc::unbounded_channel();
        let state = Arc::new(State {
            work: tokio::sync::Mutex::new(work_receiver),
            said: said_sender,
            current: Mutex::default(),
        });
        let server = serve::http(serve::bind(0).await?, move |request, _| {
            let state = state.clone();
            async move { handle(&state, request).await }
        })?;
        Ok(RuntimeApi {
            address: server.address,
            work,
            said,
            _server: server,
        })
    }
}

async fn handle(state: &State, request: Request<Incoming>) -> Result<Response<Body>, Hangup> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    let Some(path) = path.strip_prefix("/2018-06-01/runtime/") else {
        return Ok(refuse(StatusCode::NOT_FOUND, "NotFound", "unknown path"));
    };
    let segments: Vec<&str> = path.split('/').collect();
    if (&parts.method, segments.as_slice()) == (&Method::GET, &["invocation", "next"]) {
        return next(state).await;
    }
    if parts.method != Method::POST {
        return Ok(refuse(
            StatusCode::METHOD_NOT_ALLOWED,
            "MethodNotAllowed",
            "unknown method",
        ));
    }
    let Some(payload) = serve::read(body, PAYLOAD_LIMIT).await else {
        let text = format!("Exceeded maximum allowed payload size ({PAYLOAD_LIMIT} bytes).");
        return Ok(refuse(
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestEntityTooLarge",
            &text,
        ));
    };
    Ok(match segments.as_slice() {
        ["init", "error"] => {
            let report = report(&parts.headers, payload);
            accept(state, Said::InitFailed(report))
        }
        ["invocation", id, "response"] if is_current(state, id) => {
            accept(state, Said::Returned((*id).to_owned(), payload))
        }
        ["invocation", id, "error"] if is_current(state, id) => {
            let report = report(&parts.headers, payload);
            accept(state, Said::Failed((*id).to_owned(), report))
        }
        ["invocation", _, "response" | "error"] => refuse(
            StatusCode::BAD_REQUEST,
            "InvalidRequestID",
            "Invalid request ID",
        ),
        _ => refuse(StatusCode::NOT_FOUND, "NotFound", "unknown path"),
    })
}

/// Waits for work, as long as it takes.
async fn next(state: &State) -> Result<Response<Body>, Hangup> {
    if lock(&state.current).is_some() {
        let text = "the invocation before this one has no answer yet";
        return Ok(refuse(
            StatusCode::FORBIDDEN,
            "InvalidStateTransition",
            text,
        ));
    }
    // Nobody listens only when the environment is over, and so is this server.
    let _ = state.said.send(Said::Ready);
    let work = state.work.lock().await.recv().await.ok_or(Hangup)?;
    *lock(&state.current) = Some(work.request_id.clone());
    let mut response = serve::answer(StatusCode::OK, "application/json", work.payload);
    let headers = [
        ("lambda-runtime-aws-request-id", work.request_id),
        ("lambda-runtime-deadline-ms", work.deadline.to_string()),
        ("lambda-runtime-invoked-function-arn", work.arn),
        ("lambda-runtime-trace-id", work.trace_id),
    ];
    for (name, value) in headers {
        // None of them has a character that a header can't hold, except an ARN
        // of a function with an odd name: better without it than not at all.
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}

fn is_current(state: &State, id: &str) -> bool {
    lock(&state.current).as_deref() == Some(id)
}

fn accept(state: &State, said: Said) -> Response<Body> {
    *lock(&state.current) = None;
    let _ = state.said.send(said);
    serve::answer(
        StatusCode::ACCEPTED,
        "application/json",
        r#"{"status":"OK"}"#,
    )
}

fn refuse(status: StatusCode, error_type: &str, message: &str) -> Response<Body> {
    let body = json!({"errorType": error_type, "errorMessage": message});
    serve::answer(status, "application/json", body.to_string())
}

fn report(headers: &HeaderMap, payload: Bytes) -> Report {
    let error_type = headers.get("lambda-runtime-function-error-type");
    Report {
        payload,
        error_type: error_type.and_then(|v| v.to_str().ok()).map(str::to_owned),
    }
}
