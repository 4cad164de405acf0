//! The stand-in over HTTP.

use std::{io, sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use http::{
    HeaderValue, Method, Request, Response, StatusCode,
    header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER},
};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinSet};

use crate::{
    Refused, What,
    api::{Hooked, Trouble},
    args,
    local::Shared,
    readback,
};

/// The largest payload.
const PAYLOAD: usize = 1 << 20;

/// The connection is to be closed without an answer.
#[derive(Debug)]
struct Hangup;

impl std::fmt::Display for Hangup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("closed without an answer")
    }
}

impl std::error::Error for Hangup {}

type Answer = Response<Full<Bytes>>;

/// Accepts connections until it is dropped, and all of them with it.
pub(crate) async fn run(listener: TcpListener, shared: Arc<Shared>) {
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    // Only speed is lost without it.
                    let _ = stream.set_nodelay(true);
                    open.spawn(connection(TokioIo::new(stream), shared.clone()));
                }
                // Out of file descriptors, say: don't spin.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = open.join_next() => {}
        }
    }
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

async fn connection(io: TokioIo<tokio::net::TcpStream>, shared: Arc<Shared>) {
    let service = service_fn(|request| handle(request, shared.clone()));
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new());
    // A connection that breaks is its client's affair.
    let _ = builder.serve_connection(io, service).await;
}

async fn handle(request: Request<Incoming>, shared: Arc<Shared>) -> Result<Answer, Hangup> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    if let Some(answer) = read_back(&path, &parts.method, &shared) {
        return Ok(answer);
    }
    let body = match Limited::new(body, PAYLOAD).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            return Ok(plain(StatusCode::PAYLOAD_TOO_LARGE, "payload too large"));
        }
        Err(_) => return Err(Hangup),
    };
    let header = |name| {
        parts
            .headers
            .get(name)
            .and_then(|v: &HeaderValue| v.to_str().ok())
    };
    let call = Call {
        content_type: header(CONTENT_TYPE).unwrap_or_default(),
        authorization: header(AUTHORIZATION),
        query: parts.uri.query().unwrap_or_default(),
        body: &body,
    };
    if let Some(method) = path.strip_prefix("/api/") {
        return with_faults(&shared, method, || call.api(&shared, method)).await;
    }
    if let Some(hook) = path.strip_prefix("/services/") {
        if parts.method != Method::POST {
            return Ok(plain(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"));
        }
        return with_faults(&shared, "webhook", || call.webhook(&shared, hook)).await;
    }
    Ok(plain(StatusCode::NOT_FOUND, "no such page"))
}

/// A call's answer and what it is counted as.
type Done = (Answer, String);

/// Carries a call out, unless a fault has it otherwise.
async fn with_faults(
    shared: &Shared,
    method: &str,
    act: impl FnOnce() -> Done + Send,
) -> Result<Answer, Hangup> {
    let count = |result: &str| shared.count(method, result);
    match shared.strike(method) {
        None => {
            let (answer, result) = act();
            count(&result);
            Ok(answer)
        }
        Some(What::RateLimited { retry_after }) => {
            count("429");
            Ok(rate_limited(method, retry_after.as_deref()))
        }
        Some(What::Status(status)) => {
            count(&status.to_string());
            let status = StatusCode::from_u16(status);
            let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            Ok(plain(status, "the stand-in was told to fail"))
        }
        Some(What::Error(code)) => {
            count(&code);
            Ok(json_answer(&Refused::new(&code).to_json()))
        }
        Some(What::Hang(time)) => {
            count("hang");
            tokio::time::sleep(time).await;
            Err(Hangup)
        }
        Some(What::LostRequest) => {
            count("lost request");
            Err(Hangup)
        }
        Some(What::LostAnswer) => {
            let (_, result) = act();
            count(&format!("{result}, answer lost"));
            Err(Hangup)
        }
        Some(What::HalfAnswer) => {
            let (_, result) = act();
            count(&format!("{result}, half answer"));
            Ok(json_text("{\"ok\":true,\"chan".to_owned()))
        }
    }
}

struct Call<'a> {
    content_type: &'a str,
    authorization: Option<&'a str>,
    query: &'a str,
    body: &'a [u8],
}

impl Call<'_> {
    fn api(&self, shared: &Shared, method: &str) -> Done {
        match self.try_api(shared, method) {
            Ok(answer) => (json_answer(&answer), "ok".to_owned()),
            Err(Trouble::Refused(refused)) => {
                let answer = json_answer(&refused.to_json());
                (answer, refused.code)
            }
            Err(Trouble::Slower(seconds)) => {
                let answer = rate_limited(method, Some(&seconds.to_string()));
                (answer, "429".to_owned())
            }
        }
    }

    fn try_api(&self, shared: &Shared, method: &str) -> Result<Value, Trouble> {
        let args = args::read(self.content_type, self.query, self.body)?;
        let bearer = self.authorization.and_then(|all| all.split_once(' '));
        let bearer = bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let bearer = bearer.map(|(_, token)| token.trim());
        // A token in JSON is none; in a form it is one.
        let is_json = self.content_type.starts_with("application/json");
        let given = args.get("token").and_then(Value::as_str);
        let token = bearer.or(given.filter(|_| !is_json));
        let writes = method.starts_with("chat.");
        shared.change(writes, |slack| slack.call(method, token, &args))
    }

    fn webhook(&self, shared: &Shared, hook: &str) -> Done {
        let payload = args::payload(self.content_type, self.body);
        match shared.change(true, |slack| slack.webhook(hook, payload.as_ref())) {
            Ok(()) => (plain(StatusCode::OK, "ok"), "ok".to_owned()),
            Err(Hooked::Status(status, text)) => {
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
                (plain(status, &text), text)
            }
            Err(Hooked::Slower(seconds)) => {
                let answer = rate_limited("webhook", Some(&seconds.to_string()));
                (answer, "429".to_owned())
            }
        }
    }
}

/// What is not Slack's: the state behind it.
fn read_back(path: &str, method: &Method, shared: &Shared) -> Option<Answer> {
    if method != Method::GET {
        return None;
    }
    match path {
        "/" => {
            let page = shared.read(|slack| readback::page(slack.state.channels()));
            Some(plain(StatusCode::OK, &page))
        }
        "/_local/channels" => {
            let channels = shared.read(|slack| {
                let told = slack.state.channels().iter().map(|channel| {
                    let info = readback::info(channel);
                    json!({
                        "id": info.id,
                        "name": info.name,
                        "messages": readback::messages(channel),
                    })
                });
                Value::Array(told.collect())
            });
            Some(json_answer(&channels))
        }
        "/_local/calls" => Some(json_answer(&json!(shared.calls()))),
        _ => None,
    }
}

fn rate_limited(method: &str, retry_after: Option<&str>) -> Answer {
    let mut answer = match method {
        "webhook" => plain(StatusCode::OK, "rate_limited"),
        _ => json_answer(&Refused::new("ratelimited").to_json()),
    };
    *answer.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    if let Some(value) = retry_after.and_then(|text| HeaderValue::from_str(text).ok()) {
        answer.headers_mut().insert(RETRY_AFTER, value);
    }
    answer
}

fn json_answer(value: &Value) -> Answer {
    json_text(value.to_string())
}

fn json_text(text: String) -> Answer {
    answer(
        StatusCode::OK,
        "application/json; charset=utf-8",
        Bytes::from(text),
    )
}

fn plain(status: StatusCode, text: &str) -> Answer {
    let bytes = BytesMut::from(text.as_bytes()).freeze();
    answer(status, "text/plain; charset=utf-8", bytes)
}

fn answer(status: StatusCode, content_type: &'static str, body: Bytes) -> Answer {
    let length = HeaderValue::from(body.len());
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CONTENT_LENGTH, length);
    answer
}
