use std::{
    collections::BTreeMap,
    future::pending,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, http::StatusCode, routing::post};
use greenlight_inquiry::{Clients, Inquiry, Limits};
use lambda::Aws;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// What a call is answered with.
#[derive(Clone)]
pub(crate) enum Reply {
    Json(Value),
    /// An error of the service, its code.
    Refuse(&'static str),
    /// Whatever it is.
    Raw(&'static str),
    /// Nothing, ever.
    Hang,
}

type Answer = dyn Fn(&str, &Value) -> Reply + Send + Sync;

/// An AWS that answers by a table.
#[derive(Clone)]
pub(crate) struct Fake {
    answer: Arc<Answer>,
    asked: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Fake {
    /// Answers each operation with its reply; others are refused.
    pub(crate) fn of(table: impl IntoIterator<Item = (&'static str, Reply)>) -> Self {
        let table: BTreeMap<&str, Reply> = table.into_iter().collect();
        Self::by(move |operation, _| {
            let found = table.get(operation).cloned();
            found.unwrap_or(Reply::Refuse("AccessDeniedException"))
        })
    }

    pub(crate) fn by(answer: impl Fn(&str, &Value) -> Reply + Send + Sync + 'static) -> Self {
        Self {
            answer: Arc::new(answer),
            asked: Arc::default(),
        }
    }

    /// Starts it, and what asks it, within limits that tests can wait for.
    pub(crate) async fn inquiry(&self) -> Inquiry {
        self.within(Limits {
            attempt: Duration::from_secs(20),
            whole: Duration::from_secs(60),
        })
        .await
    }

    pub(crate) async fn within(&self, limits: Limits) -> Inquiry {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new()
            .route("/", post(take))
            .with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        inquiry(url, limits)
    }

    /// The operations that were asked, in order.
    pub(crate) fn operations(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        asked
            .iter()
            .map(|(operation, _)| operation.clone())
            .collect()
    }

    /// What an operation was asked with at first.
    pub(crate) fn input(&self, operation: &str) -> Value {
        let asked = self.asked.lock().unwrap();
        let found = asked.iter().find(|(name, _)| name == operation);
        found.map(|(_, input)| input.clone()).unwrap_or_default()
    }
}

/// What asks the AWS at a URL.
pub(crate) fn inquiry(url: String, limits: Limits) -> Inquiry {
    let environment = [
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_ENDPOINT_URL", url.as_str()),
    ];
    let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let aws = Aws::new(environment.into()).unwrap();
    let clients = Clients {
        codepipeline: aws.codepipeline(),
        codebuild: aws.codebuild(),
        logs: aws.logs(),
        codedeploy: aws.codedeploy(),
        ecs: aws.ecs(),
    };
    Inquiry::within(clients, limits)
}

async fn take(
    State(fake): State<Fake>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, [(&'static str, &'static str); 1], String) {
    let target = headers["x-amz-target"].to_str().unwrap();
    let operation = target.rsplit('.').next().unwrap().to_owned();
    let input: Value = serde_json::from_slice(&body).unwrap();
    let reply = (fake.answer)(&operation, &input);
    fake.asked.lock().unwrap().push((operation, input));
    let kind = [("content-type", "application/x-amz-json-1.1")];
    match reply {
        Reply::Json(answer) => (StatusCode::OK, kind, answer.to_string()),
        Reply::Raw(answer) => (StatusCode::OK, kind, answer.to_owned()),
        Reply::Refuse(code) => {
            let message = "User: arn:aws:sts::1:assumed-role/r/f with password=hunter2x9 may not";
            let error = json!({"__type": code, "message": message});
            (StatusCode::BAD_REQUEST, kind, error.to_string())
        }
        Reply::Hang => pending().await,
    }
}
