//! Slack's secret, kept and read again; with Secrets Manager on loopback.
#![expect(clippy::unwrap_used, reason = "a failing test panics")]

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, http::StatusCode, routing::post};
use lambda::Aws;
use notify_slack::Keeper;
use serde_json::json;
use slack::{Credential, Credentials as _};
use tokio::{net::TcpListener, time::sleep};

/// What Secrets Manager holds (None: it refuses), and how often it was asked.
type Held = Arc<Mutex<(Option<&'static str>, usize)>>;

async fn keeper(held: &Held) -> Keeper {
    let held = held.clone();
    let answer = async move || {
        let mut held = held.lock().unwrap();
        held.1 += 1;
        match held.0 {
            Some(text) => (StatusCode::OK, json!({ "SecretString": text }).to_string()),
            None => {
                let error = json!({ "__type": "AccessDeniedException", "Message": "no" });
                (StatusCode::BAD_REQUEST, error.to_string())
            }
        }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new().route("/", post(answer));
    tokio::spawn(async move { axum::serve(listener, app).await });
    let environment = [
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "id"),
        ("AWS_SECRET_ACCESS_KEY", "key"),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", &url),
    ];
    let environment: BTreeMap<String, String> = environment
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:slack-AbCdEf";
    let secrets = Aws::new(environment).unwrap().secrets();
    Keeper::new(secrets, arn.parse().unwrap())
}

fn token(text: &str) -> Credential {
    Credential::read(text).unwrap()
}

#[tokio::test]
async fn it_is_read_once_and_again_when_it_was_refused() {
    let held: Held = Arc::new(Mutex::new((Some("xoxb-old"), 0)));
    let keeper = keeper(&held).await;
    for _ in 0..3 {
        assert_eq!(keeper.get(false).await, Ok(token("xoxb-old")));
    }
    assert_eq!(held.lock().unwrap().1, 1);
    held.lock().unwrap().0 = Some("xoxb-new");
    assert_eq!(keeper.get(false).await, Ok(token("xoxb-old")));
    // However short ago it was read.
    assert_eq!(keeper.get(true).await, Ok(token("xoxb-new")));
    assert_eq!(keeper.get(false).await, Ok(token("xoxb-new")));
    assert_eq!(held.lock().unwrap().1, 2);
    // Others whose old one was refused as well have the same one.
    held.lock().unwrap().0 = Some("xoxb-newest");
    assert_eq!(keeper.get(true).await, Ok(token("xoxb-new")));
    while keeper.get(true).await.unwrap() != token("xoxb-newest") {
        sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(held.lock().unwrap().1, 3);
}

#[tokio::test]
async fn what_can_not_be_read_is_told_with_what_to_do() {
    let held: Held = Arc::new(Mutex::new((None, 0)));
    let keeper = keeper(&held).await;
    let why = keeper.get(false).await.unwrap_err();
    assert!(why.contains("secretsmanager:GetSecretValue"), "{why}");
    held.lock().unwrap().0 = Some("hunter2");
    let why = keeper.get(false).await.unwrap_err();
    assert!(why.contains("neither a bot token"), "{why}");
    assert!(!why.contains("hunter2"), "{why}");
    // Nothing wrong is kept.
    held.lock().unwrap().0 = Some("xoxb-good");
    assert_eq!(keeper.get(false).await, Ok(token("xoxb-good")));
}
