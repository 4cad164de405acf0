use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
    routing::{any, get},
};
use serde_json::{Value, json};

use super::{documents, mirror};

/// How often each counter was asked.
type Counts = Arc<Mutex<HashMap<String, u32>>>;

pub(super) fn all() -> Router {
    Router::new()
        .route("/", any(|| async { text("hello") }))
        .route("/text", any(|| async { text("Hello, world!\n") }))
        .route("/long", any(|| async { text(documents::long()) }))
        .route("/empty", any(|| async { text("") }))
        .route(
            "/json",
            any(|| async { document("application/json", documents::JSON) }),
        )
        .route(
            "/json-utf8",
            any(|| async { document("application/json; charset=utf-8", documents::JSON) }),
        )
        .route(
            "/json-as-text",
            any(|| async { document("text/plain", documents::JSON) }),
        )
        .route(
            "/list",
            any(|| async { document("application/json", "[1, 2, 3]") }),
        )
        .route(
            "/bad-json",
            any(|| async { document("application/json", "{\"a\": 1,") }),
        )
        .route(
            "/xml",
            any(|| async { document("application/xml", documents::XML) }),
        )
        .route(
            "/namespaces",
            any(|| async { document("text/xml", documents::NAMESPACES) }),
        )
        .route(
            "/bad-xml",
            any(|| async { document("application/xml", "<a><b></a>") }),
        )
        .route(
            "/html",
            any(|| async { document("text/html; charset=utf-8", documents::HTML) }),
        )
        .route(
            "/bytes",
            any(|| async { document("application/octet-stream", &b"\x00\x01\xfe\xff"[..]) }),
        )
        .route("/echo", any(mirror::echo))
        .route("/echo/{*rest}", any(mirror::echo))
        .route("/mirror", any(mirror::mirror))
        .route("/headers", any(headers))
        .route("/status/{status}", any(status))
        .route("/packed/{how}", any(packed))
        .route("/charset/{name}", any(charset))
        .route("/slow/{milliseconds}", any(slow))
        .route("/drip/{milliseconds}", any(drip))
        .route("/chunked", any(chunked))
        .route("/basic", any(basic))
        .route("/redirect/{status}", any(redirect))
        .route("/hops/{left}", any(hops))
        .route("/loop", any(|| async { moved(302, "/loop") }))
        .route(
            "/no-location",
            any(|| async { answer(StatusCode::FOUND, "text/plain", "") }),
        )
        .route("/cookies/set", any(set_cookies))
        .route("/cookies/attributes", any(cookie_attributes))
        .route("/cookies/show", any(show_cookies))
        .route("/shop/login", get(login))
        .route("/flaky/{key}/{failures}", any(flaky))
        .route("/count/{key}", get(count).delete(forget))
        .with_state(Counts::default())
}

/// A whole answer.
pub(super) fn answer(status: StatusCode, kind: &str, body: impl Into<Body>) -> Response {
    let mut answer = Response::new(body.into());
    *answer.status_mut() = status;
    if let Ok(kind) = HeaderValue::from_str(kind) {
        answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    answer
}

pub(super) fn json_answer(value: &Value) -> Response {
    document("application/json", value.to_string())
}

fn document(kind: &str, body: impl Into<Body>) -> Response {
    answer(StatusCode::OK, kind, body)
}

fn text(body: impl Into<Body>) -> Response {
    document("text/plain; charset=utf-8", body)
}

fn not_found() -> Response {
    answer(
        StatusCode::NOT_FOUND,
        "text/plain",
        "there is no such thing",
    )
}

fn with(mut answer: Response, headers: &[(&'static str, &[u8])]) -> Response {
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            answer.headers_mut().append(*name, value);
        }
    }
    answer
}

async fn headers() -> Response {
    let headers: &[(&str, &[u8])] = &[
        ("x-one", b"1"),
        ("x-many", b"red"),
        ("x-many", b"green"),
        ("x-many", b"blue"),
        ("x-latin", b"Z\xfcrich"),
        ("x-empty", b""),
        ("x-list", b"a, b, c"),
        ("x-quote", b"\"quoted\""),
        ("x-number", b"42"),
        ("x-date", b"Thu, 29 Feb 2024 12:30:45 GMT"),
        ("cache-control", b"no-store"),
    ];
    with(text("headers"), headers)
}

async fn status(Path(status): Path<u16>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    answer(status, "text/plain", status.as_str().to_owned())
}

async fn packed(Path(how): Path<String>) -> Response {
    match documents::packed(&how) {
        Some((bytes, encoding)) => with(
            document("application/json", bytes),
            &[("content-encoding", encoding.as_bytes())],
        ),
        None => not_found(),
    }
}

async fn charset(Path(name): Path<String>) -> Response {
    match documents::encoded(&name) {
        Some((bytes, kind)) => document(kind, bytes),
        None => not_found(),
    }
}

async fn slow(Path(milliseconds): Path<u64>) -> Response {
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    text("at last")
}

/// The head at once, the body in ten pieces over that time.
async fn drip(Path(milliseconds): Path<u64>) -> Response {
    let pieces = futures_util::stream::unfold(0, move |n| async move {
        tokio::time::sleep(Duration::from_millis(milliseconds / 10)).await;
        (n < 10).then(|| (Ok::<_, std::io::Error>(Bytes::from_static(b"drop ")), n + 1))
    });
    text(Body::from_stream(pieces))
}

async fn chunked() -> Response {
    let pieces = ["one ", "two ", "three"].map(Ok::<_, std::io::Error>);
    text(Body::from_stream(futures_util::stream::iter(pieces)))
}

async fn basic(headers: HeaderMap) -> Response {
    let given = headers
        .get(header::AUTHORIZATION)
        .map(HeaderValue::as_bytes);
    match given {
        // alice:open sesame
        Some(b"Basic YWxpY2U6b3BlbiBzZXNhbWU=") => json_answer(&json!({"user": "alice"})),
        _ => with(
            answer(StatusCode::UNAUTHORIZED, "text/plain", "who are you?"),
            &[("www-authenticate", b"Basic realm=\"corpus\"")],
        ),
    }
}

fn moved(status: u16, to: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::FOUND);
    with(
        answer(status, "text/plain", "over there"),
        &[("location", to.as_bytes())],
    )
}

/// With this status, to what the query says under `to`.
async fn redirect(Path(status): Path<u16>, RawQuery(query): RawQuery) -> Response {
    let query = mirror::pairs(query.unwrap_or_default().as_bytes());
    let to = query.iter().find(|(name, _)| name == "to");
    moved(status, to.map_or("/echo", |(_, to)| to.as_str()))
}

async fn hops(Path(left): Path<u32>) -> Response {
    match left {
        0 => text("arrived"),
        _ => moved(302, &format!("/hops/{}", left - 1)),
    }
}

/// Each pair of the query becomes a cookie of the session.
async fn set_cookies(RawQuery(query): RawQuery) -> Response {
    let mut made = text("set");
    for (name, value) in mirror::pairs(query.unwrap_or_default().as_bytes()) {
        made = with(
            made,
            &[("set-cookie", format!("{name}={value}; Path=/").as_bytes())],
        );
    }
    made
}

async fn cookie_attributes() -> Response {
    let cookies: &[(&str, &[u8])] = &[
        ("set-cookie", b"plain=one"),
        (
            "set-cookie",
            b"full=two; Expires=Tue, 01 Jan 2999 10:00:00 GMT; Max-Age=3600; Domain=127.0.0.1; \
              Path=/cookies; Secure; HttpOnly; SameSite=Lax",
        ),
        ("set-cookie", b"gone=x; Max-Age=0; Path=/"),
        (
            "set-cookie",
            b"old=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/",
        ),
        ("set-cookie", b"empty=; Path=/"),
        ("set-cookie", b"quoted=\"a b\"; Path=/"),
        ("set-cookie", b"equals=a=b; Path=/"),
        ("set-cookie", b"strict=3; SameSite=Strict; Path=/"),
    ];
    with(text("attributes"), cookies)
}

/// The cookies that came, as an object.
async fn show_cookies(headers: HeaderMap) -> Response {
    let lines = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok());
    let pairs = lines.flat_map(|line| line.split("; "));
    let cookies = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    json_answer(
        &cookies
            .map(|(name, value)| (name.to_owned(), json!(value)))
            .collect(),
    )
}

/// A session for whoever asks, for this path alone.
async fn login() -> Response {
    with(
        json_answer(&json!({"token": "t0p-5ecret", "user": {"id": 7, "name": "Ada"}})),
        &[("set-cookie", b"session=abc123; Path=/; HttpOnly")],
    )
}

/// Fails so often, then succeeds, and begins again.
async fn flaky(
    State(counts): State<Counts>,
    Path((key, failures)): Path<(String, u32)>,
) -> Response {
    let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
    let count = counts.entry(key).or_default();
    *count += 1;
    if *count <= failures {
        let body = json!({"ready": false, "attempt": *count}).to_string();
        return answer(StatusCode::SERVICE_UNAVAILABLE, "application/json", body);
    }
    let body = json!({"ready": true, "attempt": *count});
    *count = 0;
    json_answer(&body)
}

/// Counts this and tells how often that was.
async fn count(State(counts): State<Counts>, Path(key): Path<String>) -> Response {
    let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
    let count = counts.entry(key).or_default();
    *count += 1;
    json_answer(&json!({"count": *count}))
}

/// Begins a counter again; a flaky answer counts under its key too.
async fn forget(State(counts): State<Counts>, Path(key): Path<String>) -> StatusCode {
    counts
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .remove(&key);
    StatusCode::NO_CONTENT
}
