//! The function as a process, under a Runtime API on loopback.
#![expect(clippy::unwrap_used, reason = "a failing test panics")]

use std::{
    process::Stdio,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{
    Router,
    extract::Path,
    http::StatusCode,
    response::IntoResponse as _,
    routing::{get, post},
};
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    process::Command,
    sync::{Mutex, mpsc},
    time::timeout,
};

/// Calls the function with a text once; answers `response` or `error`, and
/// what the function said.
async fn call(event: String, environment: &[(&str, &str)]) -> (String, Value) {
    let (said, mut hears) = mpsc::channel(1);
    let next = Arc::new(Mutex::new(Some(event)));
    let hand_over = async move || {
        let Some(event) = next.lock().await.take() else {
            return std::future::pending().await;
        };
        let deadline =
            SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + Duration::from_secs(30);
        let headers = [
            ("lambda-runtime-aws-request-id", "r-1".to_owned()),
            (
                "lambda-runtime-deadline-ms",
                deadline.as_millis().to_string(),
            ),
            (
                "lambda-runtime-invoked-function-arn",
                "arn:aws:lambda:x:1:function:f".to_owned(),
            ),
        ];
        (headers, event).into_response()
    };
    let hear = async move |Path(kind): Path<String>, body: String| {
        let body = serde_json::from_str(&body).unwrap_or(Value::Null);
        said.send((kind, body)).await.unwrap();
        StatusCode::ACCEPTED
    };
    let app = Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(hand_over))
        .route("/2018-06-01/runtime/invocation/r-1/{kind}", post(hear));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move { axum::serve(listener, app).await });
    let _function = Command::new(env!("CARGO_BIN_EXE_notify-chatbot"))
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", address)
        .env("AWS_LAMBDA_FUNCTION_NAME", "f")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", "id")
        .env("AWS_SECRET_ACCESS_KEY", "key")
        .envs(environment.iter().copied())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    timeout(Duration::from_secs(60), hears.recv())
        .await
        .unwrap()
        .unwrap()
}

const TOPIC: (&str, &str) = (
    "GREENLIGHT_TOPIC",
    "arn:aws:sns:eu-west-1:123456789012:pipelines",
);
const CARDS: (&str, &str) = ("GREENLIGHT_CARDS", "s3://plans/cards/chatbot");

#[tokio::test]
async fn settings_that_are_wrong_or_missing_are_all_told() {
    let wrong = [
        ("GREENLIGHT_TOPIC", "pipelines"),
        ("GREENLIGHT_TOPICS", "x"),
        ("GREENLIGHT_HOLD", "20"),
    ];
    let (kind, said) = call("{}".to_owned(), &wrong).await;
    let text = said["errorMessage"].as_str().unwrap();
    assert_eq!(kind, "error");
    for part in [
        "GREENLIGHT_TOPIC: this is no ARN of a topic",
        "GREENLIGHT_TOPICS: there is no such setting",
        "GREENLIGHT_HOLD: \"20\" is no duration",
        "GREENLIGHT_CARDS: it is not set",
    ] {
        assert_eq!(text.matches(part).count(), 1, "{part}: {text}");
    }
    assert!(!text.contains("GREENLIGHT_TOPIC: it is not set"), "{text}");
}

#[tokio::test]
async fn a_batch_is_answered_with_what_failed() {
    let letter = json!({"messageId": "m-1", "body": "no JSON", "eventSource": "aws:sqs"});
    let batch = json!({ "Records": [letter] }).to_string();
    let (kind, said) = call(batch, &[TOPIC, CARDS]).await;
    assert_eq!(kind, "response");
    let failed = json!({ "batchItemFailures": [{ "itemIdentifier": "m-1" }] });
    assert_eq!(said, failed);
}

#[tokio::test]
async fn what_is_no_event_is_an_error_and_what_is_no_json_too() {
    for event in [
        json!({"a": 1}).to_string(),
        "[".repeat(100_000),
        "{".to_owned(),
        String::new(),
    ] {
        let (kind, _) = call(event, &[TOPIC, CARDS]).await;
        assert_eq!(kind, "error");
    }
}
