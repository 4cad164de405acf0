//! What becomes of a notification, whatever SNS answers; on loopback.
#![expect(clippy::unwrap_used, reason = "a failing test panics")]

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{Router, http::StatusCode, routing::post};
use board::{Courier as _, Order, Refusal};
use chat::Message;
use lambda::Aws;
use notify_chatbot::Topic;
use routes::Way;
use serde_json::json;
use tokio::net::TcpListener;

const ARN: &str = "arn:aws:sns:eu-west-1:123456789012:pipelines";

/// An SNS that always answers the same, and what it was sent.
async fn sns(status: u16, answer: String) -> (String, Arc<Mutex<Vec<String>>>) {
    let sent: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = sent.clone();
    let handle = async move |body: String| {
        seen.lock().unwrap().push(body);
        let content = [("content-type", "text/xml")];
        (StatusCode::from_u16(status).unwrap(), content, answer)
    };
    let app = Router::new().route("/", post(handle));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, sent)
}

fn topic(endpoint: &str) -> Topic {
    let environment = [
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "id"),
        ("AWS_SECRET_ACCESS_KEY", "key"),
        ("AWS_ENDPOINT_URL_SNS", endpoint),
    ];
    let environment: BTreeMap<String, String> = environment
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    Topic::new(Aws::new(environment).unwrap().sns(), ARN.to_owned())
}

async fn post_to(topic: &Topic, body: serde_json::Value) -> Result<String, Refusal> {
    let message = Message {
        slot: "ended/1".into(),
        in_thread: false,
        body,
    };
    let order = Order {
        place: ARN,
        thread: None,
        message: &message,
        mark: "0123",
    };
    topic.post(order).await
}

fn error(code: &str) -> String {
    format!(
        "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error><Type>Sender</Type>\
         <Code>{code}</Code><Message>as it is</Message></Error><RequestId>r</RequestId></ErrorResponse>"
    )
}

#[tokio::test]
async fn what_is_published_has_the_messages_id() {
    let answer = "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult>\
        <MessageId>567910cd</MessageId></PublishResult></PublishResponse>";
    let (url, sent) = sns(200, answer.to_owned()).await;
    let body = json!({"version": "1.0", "source": "custom", "content": {"description": "a&b=c ü"}});
    let published = post_to(&topic(&url), body.clone()).await;
    assert_eq!(published.as_deref(), Ok("567910cd"));
    let sent = sent.lock().unwrap();
    let form: BTreeMap<_, _> = url::form_urlencoded::parse(sent[0].as_bytes()).collect();
    assert_eq!(
        (&form["Action"][..], &form["TopicArn"][..]),
        ("Publish", ARN)
    );
    let message: serde_json::Value = serde_json::from_str(&form["Message"]).unwrap();
    assert_eq!(message, body);
}

#[tokio::test]
async fn a_table_of_errors() {
    for (status, code, kind, says) in [
        (400, "Throttled", "again", "Throttled"),
        (400, "ThrottlingException", "again", "as it is"),
        (500, "InternalError", "again", "could not publish to arn:"),
        (503, "ServiceUnavailable", "again", ""),
        (400, "KMSThrottling", "again", ""),
        (403, "ExpiredToken", "again", ""),
        (404, "NotFound", "never", "make the topic"),
        (403, "AuthorizationError", "never", "sns:Publish"),
        (400, "KMSAccessDenied", "never", "kms:GenerateDataKey"),
        (400, "KMSDisabled", "never", "key in KMS"),
        (400, "InvalidParameter", "never", "look at the topic"),
    ] {
        let (url, sent) = sns(status, error(code)).await;
        let refusal = post_to(&topic(&url), json!({})).await.unwrap_err();
        let (found, why) = match &refusal {
            Refusal::Again { why, .. } => ("again", why),
            Refusal::Never { why } => ("never", why),
            Refusal::Unsure { why } => ("unsure", why),
            Refusal::Gone { why } => ("gone", why),
        };
        assert_eq!(found, kind, "{code}: {refusal:?}");
        assert!(why.contains(says), "{code}: {why}");
        // Whether to try again is the board's to say.
        assert_eq!(sent.lock().unwrap().len(), 1, "{code}");
    }
}

#[tokio::test]
async fn an_answer_that_is_lost_leaves_it_unsure() {
    // A server that takes the connection and goes away.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            drop(stream);
        }
    });
    let refusal = post_to(&topic(&url), json!({})).await.unwrap_err();
    assert!(matches!(refusal, Refusal::Unsure { .. }), "{refusal:?}");
}

#[tokio::test]
async fn what_is_too_long_is_not_sent() {
    let (url, sent) = sns(200, String::new()).await;
    let long = json!("x".repeat(256 * 1024));
    let refusal = post_to(&topic(&url), long).await.unwrap_err();
    assert!(matches!(refusal, Refusal::Never { .. }), "{refusal:?}");
    assert!(sent.lock().unwrap().is_empty());
}

#[test]
fn a_channel_of_slack_means_the_one_topic() {
    let way = |channel: Option<&str>| Way {
        channel: channel.map(str::to_owned),
        mention: None,
        rule: "r".into(),
    };
    let topic = topic("http://127.0.0.1:1");
    for channel in [None, Some("C0123ABCD"), Some("#deploys")] {
        assert_eq!(topic.place(&way(channel)), ARN);
    }
}
