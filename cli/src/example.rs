//! The example application: a shop with a health check and a list of items.
//! Blue and green are the same program in two versions.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use tokio::{net::TcpListener, task::JoinHandle, time::Instant};

/// The AppSpec of the example.
pub(crate) const APPSPEC: &str = include_str!("../example/appspec.yaml");
/// Its task definition.
pub(crate) const TASKDEF: &str = include_str!("../example/taskdef.json");
/// Its plan.
pub(crate) const PLAN: &str = include_str!("../example/greenlight.yaml");

/// How a version of the application behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// It answers at once.
    Healthy,
    /// It answers 503.
    Unhealthy,
    /// It answers after [`SLOW`].
    Slow,
    /// It answers 503 for [`RECOVERY`], as one that warms up.
    Recovering,
}

const SLOW: Duration = Duration::from_secs(2);
const RECOVERY: Duration = Duration::from_secs(3);

/// A running server of the application; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    task: JoinHandle<io::Result<()>>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Shop {
    version: String,
    behaviour: Behaviour,
    started: Instant,
}

/// Starts the application on loopback.
pub(crate) async fn start(version: &str, behaviour: Behaviour) -> io::Result<Server> {
    let shop = Arc::new(Shop {
        version: version.to_owned(),
        behaviour,
        started: Instant::now(),
    });
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let routes = Router::new()
        .route("/health", get(health))
        .route("/items", get(items))
        .fallback(welcome)
        .with_state(shop);
    let task = tokio::spawn(async move { axum::serve(listener, routes).await });
    Ok(Server { address, task })
}

async fn health(State(shop): State<Arc<Shop>>) -> Response {
    match shop.is_well().await {
        true => shop.answer(r#"{"status":"UP"}"#),
        false => shop.unavailable(),
    }
}

async fn items(State(shop): State<Arc<Shop>>) -> Response {
    match shop.is_well().await {
        true => shop.answer(r#"[{"name":"tea","price":3},{"name":"coffee","price":4}]"#),
        false => shop.unavailable(),
    }
}

/// Any other path: what a health check of somebody else's plan may ask for.
async fn welcome(State(shop): State<Arc<Shop>>) -> Response {
    match shop.is_well().await {
        true => shop.answer(r#"{"status":"UP","shop":"open"}"#),
        false => shop.unavailable(),
    }
}

impl Shop {
    async fn is_well(&self) -> bool {
        match self.behaviour {
            Behaviour::Healthy => true,
            Behaviour::Unhealthy => false,
            Behaviour::Recovering => self.started.elapsed() >= RECOVERY,
            Behaviour::Slow => {
                tokio::time::sleep(SLOW).await;
                true
            }
        }
    }

    fn answer(&self, body: &'static str) -> Response {
        let headers = [
            (header::CONTENT_TYPE, "application/json".to_owned()),
            (
                header::HeaderName::from_static("x-version"),
                self.version.clone(),
            ),
        ];
        (headers, body).into_response()
    }

    fn unavailable(&self) -> Response {
        let body = r#"{"status":"DOWN","cause":"no connection to the database"}"#;
        (StatusCode::SERVICE_UNAVAILABLE, self.answer(body)).into_response()
    }
}
