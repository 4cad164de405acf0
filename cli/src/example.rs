//! The example application: a shop with a health check, a list of items, and
//! orders for whoever is logged in. Blue and green are the same program in two
//! versions, over one database.

mod database;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle, time::Instant};

pub(crate) use database::Database;

/// The AppSpec of the example.
pub(crate) const APPSPEC: &str = include_str!("../example/appspec.yaml");
/// Its task definition.
pub(crate) const TASKDEF: &str = include_str!("../example/taskdef.json");
/// Its plan.
pub(crate) const PLAN: &str = include_str!("../example/greenlight.yaml");
/// Its smoke tests: names as the plan has them, and texts.
pub(crate) const SMOKE: &[(&str, &str)] = &[
    (
        "smoke/items.hurl",
        include_str!("../example/smoke/items.hurl"),
    ),
    (
        "smoke/orders.hurl",
        include_str!("../example/smoke/orders.hurl"),
    ),
    (
        "smoke/refusals.hurl",
        include_str!("../example/smoke/refusals.hurl"),
    ),
];
/// The secret of its plan, by ARN, and its value. It opens nothing but the
/// example.
pub(crate) const SECRET: (&str, &str) = (
    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/smoke-x1y2z3",
    PASSWORD,
);

/// The one customer.
const USER: &str = "demo";
const PASSWORD: &str = "tea, two sugars & a biscuit";

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
    /// It answers 500 to whoever orders, and is well otherwise.
    BrokenOrders,
    /// It never answers whoever orders, and is well otherwise.
    HangingOrders,
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
    database: Arc<Database>,
}

/// Starts the application on loopback.
pub(crate) async fn start(
    version: &str,
    behaviour: Behaviour,
    database: Arc<Database>,
) -> io::Result<Server> {
    let shop = Arc::new(Shop {
        version: version.to_owned(),
        behaviour,
        started: Instant::now(),
        database,
    });
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let routes = Router::new()
        .route("/health", get(health))
        .route("/items", get(items))
        .route("/login", post(login))
        .route("/orders", post(order))
        .route("/orders/{id}", get(read_order))
        .fallback(welcome)
        .with_state(shop);
    let task = tokio::spawn(async move { axum::serve(listener, routes).await });
    Ok(Server { address, task })
}

async fn health(State(shop): State<Arc<Shop>>) -> Response {
    match shop.is_well().await {
        true => shop.answer(StatusCode::OK, &json!({"status": "UP"})),
        false => shop.unavailable(),
    }
}

async fn items(State(shop): State<Arc<Shop>>) -> Response {
    match shop.is_well().await {
        true => shop.answer(StatusCode::OK, &json!(database::ITEMS)),
        false => shop.unavailable(),
    }
}

#[derive(Deserialize)]
struct Login {
    user: String,
    password: String,
}

async fn login(State(shop): State<Arc<Shop>>, body: Bytes) -> Response {
    if !shop.is_well().await {
        return shop.unavailable();
    }
    match serde_json::from_slice::<Login>(&body) {
        Ok(login) if login.user == USER && login.password == PASSWORD => {
            let token = shop.database.log_in();
            let found = json!({"token": token, "expires_in": 3600});
            shop.answer(StatusCode::OK, &found)
        }
        Ok(_) => shop.refuse(StatusCode::UNAUTHORIZED, "wrong user or password"),
        Err(_) => shop.refuse(StatusCode::BAD_REQUEST, "send user and password as JSON"),
    }
}

#[derive(Deserialize)]
struct Wish {
    item: String,
    quantity: u32,
}

async fn order(State(shop): State<Arc<Shop>>, headers: HeaderMap, body: Bytes) -> Response {
    if !shop.is_well().await {
        return shop.unavailable();
    }
    if !shop.knows(&headers) {
        return shop.stranger();
    }
    match shop.behaviour {
        Behaviour::BrokenOrders => {
            let why = "the table orders has no column quantity";
            return shop.refuse(StatusCode::INTERNAL_SERVER_ERROR, why);
        }
        Behaviour::HangingOrders => std::future::pending().await,
        _ => {}
    }
    let Ok(wish) = serde_json::from_slice::<Wish>(&body) else {
        return shop.refuse(StatusCode::BAD_REQUEST, "send item and quantity as JSON");
    };
    match shop.database.order(&wish.item, wish.quantity) {
        Some(order) => {
            let location = [(header::LOCATION, format!("/orders/{}", order.id))];
            let answer = shop.answer(StatusCode::CREATED, &json!(order));
            (location, answer).into_response()
        }
        None => shop.refuse(
            StatusCode::UNPROCESSABLE_ENTITY,
            &format!("there is no {}", wish.item),
        ),
    }
}

async fn read_order(
    State(shop): State<Arc<Shop>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    if !shop.is_well().await {
        return shop.unavailable();
    }
    if !shop.knows(&headers) {
        return shop.stranger();
    }
    let order = id.parse().ok().and_then(|id| shop.database.read(id));
    match order {
        Some(order) => shop.answer(StatusCode::OK, &json!(order)),
        None => shop.refuse(StatusCode::NOT_FOUND, &format!("there is no order {id}")),
    }
}

/// Any other path: what a health check of somebody else's plan may ask for.
async fn welcome(State(shop): State<Arc<Shop>>) -> Response {
    match shop.is_well().await {
        true => shop.answer(StatusCode::OK, &json!({"status": "UP", "shop": "open"})),
        false => shop.unavailable(),
    }
}

impl Shop {
    async fn is_well(&self) -> bool {
        match self.behaviour {
            Behaviour::Healthy | Behaviour::BrokenOrders | Behaviour::HangingOrders => true,
            Behaviour::Unhealthy => false,
            Behaviour::Recovering => self.started.elapsed() >= RECOVERY,
            Behaviour::Slow => {
                tokio::time::sleep(SLOW).await;
                true
            }
        }
    }

    /// Whether a request carries the token of a login.
    fn knows(&self, headers: &HeaderMap) -> bool {
        let header = headers.get(header::AUTHORIZATION);
        let token = header
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "));
        token.is_some_and(|token| self.database.is_logged_in(token))
    }

    fn answer(&self, status: StatusCode, body: &Value) -> Response {
        let headers = [
            (header::CONTENT_TYPE, "application/json".to_owned()),
            (HeaderName::from_static("x-version"), self.version.clone()),
        ];
        (status, headers, body.to_string()).into_response()
    }

    fn refuse(&self, status: StatusCode, why: &str) -> Response {
        self.answer(status, &json!({"error": why}))
    }

    fn stranger(&self) -> Response {
        let challenge = [(header::WWW_AUTHENTICATE, "Bearer")];
        let answer = self.refuse(StatusCode::UNAUTHORIZED, "log in first");
        (challenge, answer).into_response()
    }

    fn unavailable(&self) -> Response {
        let body = json!({"status": "DOWN", "cause": "no connection to the database"});
        self.answer(StatusCode::SERVICE_UNAVAILABLE, &body)
    }
}
