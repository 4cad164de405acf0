//! The server. What it saw can be asked.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::IntoResponse,
    routing::{any, get},
};
use tokio::{net::TcpListener, sync::Barrier, task::JoinHandle};

/// A request that came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) uri: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    world: Arc<World>,
    task: JoinHandle<()>,
}

struct World {
    seen: Mutex<Vec<Seen>>,
    /// Two must be here at the same time.
    pair: Barrier,
    here: AtomicUsize,
    most: AtomicUsize,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let world = Arc::new(World {
            seen: Mutex::default(),
            pair: Barrier::new(2),
            here: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        });
        let app = Router::new()
            .route("/ok", any(|| async { "fine" }))
            .route("/third/{name}", any(third))
            .route("/hang", any(hang))
            .route("/pair", any(pair))
            .route("/status/{code}", any(status))
            .route(
                "/token",
                get(|| async { (json(), r#"{"token":"captured-t0k3n","n":7}"#) }),
            )
            .route(
                "/login",
                get(|| async { ([(header::SET_COOKIE, "session=s1; Path=/")], "in") }),
            )
            .route("/whoami", any(whoami))
            .route(
                "/away",
                get(|| async { (StatusCode::FOUND, [(header::LOCATION, "/ok")]) }),
            )
            .route("/echo", any(echo))
            .route("/bytes", any(|| async { vec![0u8, 159, 146, 150] }))
            .route("/long", any(|| async { "long ".repeat(5_000) }))
            .layer(axum::middleware::from_fn_with_state(world.clone(), see))
            .with_state(world.clone());
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self {
            address,
            world,
            task,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Everything that was asked so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.world.seen.lock().unwrap().clone()
    }

    /// How many were at `/pair` at the same time, at most.
    pub(crate) fn most(&self) -> usize {
        self.world.most.load(Ordering::SeqCst)
    }
}

fn json() -> [(header::HeaderName, &'static str); 1] {
    [(header::CONTENT_TYPE, "application/json")]
}

async fn see(
    State(world): State<Arc<World>>,
    request: axum::extract::Request,
    next: axum::middleware::Next,
) -> axum::response::Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let text = |v: &axum::http::HeaderValue| String::from_utf8_lossy(v.as_bytes()).into_owned();
    world.seen.lock().unwrap().push(Seen {
        method: parts.method.to_string(),
        uri: parts.uri.to_string(),
        headers: parts
            .headers
            .iter()
            .map(|(k, v)| (k.to_string(), text(v)))
            .collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
    });
    next.run(axum::extract::Request::from_parts(parts, body.into()))
        .await
}

/// 503 twice, then 200: for each name by itself.
async fn third(
    State(world): State<Arc<World>>,
    uri: Uri,
    Path(name): Path<String>,
) -> impl IntoResponse {
    let seen = world.seen.lock().unwrap();
    let times = seen.iter().filter(|s| s.uri == uri.to_string()).count();
    let status = if times < 3 {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        StatusCode::OK
    };
    (status, format!("{name} {times}"))
}

async fn hang() {
    std::future::pending::<()>().await;
}

/// Answers once two are here.
async fn pair(State(world): State<Arc<World>>) -> &'static str {
    let here = world.here.fetch_add(1, Ordering::SeqCst) + 1;
    world.most.fetch_max(here, Ordering::SeqCst);
    world.pair.wait().await;
    // Room for a third one, were it to come.
    tokio::time::sleep(Duration::from_millis(50)).await;
    world.here.fetch_sub(1, Ordering::SeqCst);
    "both"
}

async fn status(Path(code): Path<u16>) -> impl IntoResponse {
    (
        StatusCode::from_u16(code).unwrap(),
        json(),
        r#"{"error":"no stock"}"#,
    )
}

async fn whoami(headers: HeaderMap) -> impl IntoResponse {
    let cookie = headers.get(header::COOKIE).and_then(|v| v.to_str().ok());
    cookie.unwrap_or("nobody").to_owned()
}

/// Everything that came, as the body and as a header.
async fn echo(method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    let mut text = format!("{method} {uri}\n");
    for (name, value) in &headers {
        text.push_str(&format!(
            "{name}: {}\n",
            String::from_utf8_lossy(value.as_bytes())
        ));
    }
    text.push_str(&String::from_utf8_lossy(&body));
    ([("x-uri", uri.to_string())], text)
}
