//! What becomes of events that are taken, put off, lost, or make the desk
//! panic; with SQS on loopback.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failing test panics")]

use std::{
    collections::BTreeMap,
    future::pending,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, http::StatusCode, routing::post};
use board::Taken;
use events::Event;
use greenlight_notify::{Desk, Queues, RouteBook, Spine, Timing};
use lambda::{Aws, Invocation};
use routes::Routes;
use serde_json::{Value, json};
use tokio::{net::TcpListener, time::Instant};

/// What SQS was sent.
#[derive(Clone, Default)]
struct Sqs {
    sent: Arc<Mutex<Vec<Value>>>,
    refuses: bool,
}

async fn send(State(sqs): State<Sqs>, headers: HeaderMap, body: Bytes) -> (StatusCode, String) {
    assert_eq!(headers["x-amz-target"], "AmazonSQS.SendMessage");
    if sqs.refuses {
        let error = json!({
            "__type": "com.amazonaws.sqs#AccessDeniedException",
            "message": "not authorized to perform: sqs:SendMessage",
        });
        return (StatusCode::FORBIDDEN, error.to_string());
    }
    let message = serde_json::from_slice(&body).unwrap();
    sqs.sent.lock().unwrap().push(message);
    (StatusCode::OK, json!({ "MessageId": "m" }).to_string())
}

impl Sqs {
    async fn start(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new()
            .route("/", post(send))
            .with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        url
    }

    fn sent(&self) -> Vec<Value> {
        self.sent.lock().unwrap().clone()
    }
}

/// Does what the pipeline's name says.
#[derive(Default)]
struct Fake {
    seen: Mutex<Vec<String>>,
}

impl Desk for Fake {
    async fn take(&self, event: &Event, _routes: &Routes, until: Instant) -> Taken {
        assert!(until > Instant::now());
        let (word, times) = {
            let mut seen = self.seen.lock().unwrap();
            seen.push(event.id.clone());
            let word = event.id.split('-').next().unwrap().to_owned();
            (word, seen.iter().filter(|id| **id == event.id).count())
        };
        let later = |ms| Taken::Later {
            after: Duration::from_millis(ms),
            why: "Slack said 429".into(),
        };
        match word.as_str() {
            "done" => Taken::Done,
            "later" => later(1500),
            "twice" if times < 3 => later(5),
            "twice" => Taken::Done,
            "lost" => Taken::Lost {
                why: "there is no channel #x; make it".into(),
            },
            "panic" => panic!("a defect"),
            "hang" => pending().await,
            other => panic!("{other}"),
        }
    }
}

struct Place {
    sqs: Sqs,
    spine: Arc<Spine<Fake>>,
}

const RETRY: &str = "https://sqs.eu-west-1.amazonaws.com/123456789012/retry";
const DEAD: &str = "https://sqs.eu-west-1.amazonaws.com/123456789012/dead";

async fn place(sqs: Sqs, retry: bool, dead: bool) -> Place {
    let environment = [
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "id"),
        ("AWS_SECRET_ACCESS_KEY", "key"),
        ("AWS_ENDPOINT_URL_SQS", &sqs.start().await),
    ];
    let environment: BTreeMap<String, String> = environment
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let aws = Aws::new(environment).unwrap();
    let spine = Spine {
        desk: Fake::default(),
        routes: RouteBook::new(aws.store(), None, RouteBook::FRESH),
        queues: Queues::new(
            aws.sqs(),
            retry.then(|| RETRY.to_owned()),
            dead.then(|| DEAD.to_owned()),
        ),
        timing: Timing {
            fallback: Duration::from_secs(60),
            reserve: Duration::from_secs(10),
        },
        own_topic: None,
    };
    Place {
        sqs,
        spine: Arc::new(spine),
    }
}

impl Place {
    async fn call(&self, payload: Value) -> Result<Value, String> {
        self.call_within(payload, Duration::from_secs(60)).await
    }

    async fn call_within(&self, payload: Value, time: Duration) -> Result<Value, String> {
        let invocation = Invocation {
            payload,
            remaining: Some(time),
        };
        self.spine.answer(invocation).await
    }

    fn seen(&self) -> Vec<String> {
        let mut seen = self.spine.desk.seen.lock().unwrap().clone();
        seen.sort();
        seen
    }
}

fn event(id: &str) -> Value {
    json!({
        "id": id, "detail-type": "CodePipeline Pipeline Execution State Change",
        "source": "aws.codepipeline", "account": "123456789012", "region": "eu-west-1",
        "time": "2026-03-01T09:00:00Z",
        "detail": {"pipeline": "shop", "execution-id": "e-1", "state": "STARTED"},
    })
}

fn letter(id: &str, body: &str, attempt: u32) -> Value {
    json!({
        "messageId": id, "receiptHandle": "h", "body": body, "eventSource": "aws:sqs",
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {"attempt": {"dataType": "Number", "stringValue": attempt.to_string()}},
    })
}

fn batch(ids: &[&str]) -> Value {
    let letters = ids
        .iter()
        .map(|id| letter(&format!("m-{id}"), &event(id).to_string(), 0));
    json!({ "Records": letters.collect::<Vec<_>>() })
}

fn failures(ids: &[&str]) -> Value {
    let failed = ids
        .iter()
        .map(|id| json!({ "itemIdentifier": format!("m-{id}") }));
    json!({ "batchItemFailures": failed.collect::<Vec<_>>() })
}

#[tokio::test]
async fn a_rule_that_calls_is_answered() {
    let place = place(Sqs::default(), true, true).await;
    assert_eq!(place.call(event("done-1")).await, Ok(Value::Null));
    assert_eq!(place.seen(), ["done-1"]);
    assert_eq!(place.sqs.sent(), [Value::Null; 0]);
}

#[tokio::test]
async fn what_is_put_off_comes_again_as_it_came() {
    let place = place(Sqs::default(), true, true).await;
    assert_eq!(place.call(event("later-1")).await, Ok(Value::Null));
    let [sent] = &place.sqs.sent()[..] else {
        panic!()
    };
    assert_eq!(sent["QueueUrl"], RETRY);
    assert_eq!(sent["DelaySeconds"], 2, "1.5 s in whole ones");
    assert_eq!(sent["MessageAttributes"]["attempt"]["StringValue"], "1");
    let body = sent["MessageBody"].as_str().unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(body).unwrap(),
        event("later-1")
    );
    // And counts on when it does.
    let again = json!({ "Records": [letter("m-1", body, 1)] });
    assert_eq!(place.call(again).await, Ok(failures(&[])));
    let sent = place.sqs.sent();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[1]["MessageBody"], body);
    assert_eq!(sent[1]["MessageAttributes"]["attempt"]["StringValue"], "2");
}

#[tokio::test]
async fn it_is_not_put_off_for_ever() {
    let place = place(Sqs::default(), true, true).await;
    let body = event("later-1").to_string();
    let last = json!({ "Records": [letter("m-1", &body, 100)] });
    assert_eq!(place.call(last).await, Ok(failures(&[])));
    let [sent] = &place.sqs.sent()[..] else {
        panic!()
    };
    assert_eq!(
        (&sent["QueueUrl"], &sent["MessageBody"]),
        (&json!(DEAD), &json!(body))
    );
    let why = &sent["MessageAttributes"]["why"]["StringValue"];
    assert_eq!(why, "given up after 100 tries: Slack said 429");
}

#[tokio::test]
async fn what_is_lost_or_no_event_goes_to_the_dead_letters() {
    let place = place(Sqs::default(), true, true).await;
    assert_eq!(place.call(event("lost-1")).await, Ok(Value::Null));
    assert_eq!(place.call(json!({"nothing": 1})).await, Ok(Value::Null));
    let letters = json!({ "Records": [letter("m-1", "{\"id\":", 0), letter("m-2", "", 0)] });
    assert_eq!(place.call(letters).await, Ok(failures(&[])));
    let mut told: Vec<String> = Vec::new();
    for sent in place.sqs.sent() {
        assert_eq!(sent["QueueUrl"], DEAD);
        assert!(!sent["MessageBody"].as_str().unwrap().is_empty());
        let why = &sent["MessageAttributes"]["why"]["StringValue"];
        told.push(why.as_str().unwrap().to_owned());
    }
    told.sort();
    let expected = [
        "there is no channel #x",
        "this is no JSON",
        "this is no JSON",
        "this is no event",
    ];
    assert_eq!(told.len(), expected.len(), "{told:?}");
    for (told, expected) in told.iter().zip(expected) {
        assert!(told.starts_with(expected), "{told}");
    }
}

#[tokio::test]
async fn a_batch_fails_for_those_only_that_can_not_be_kept() {
    let place = place(Sqs::default(), true, false).await;
    let mut payload = batch(&["done-1", "panic-1", "later-1", "lost-1", "done-2"]);
    let poison = [letter("m-poison", "no JSON", 0), letter("m-empty", "", 0)];
    payload["Records"]
        .as_array_mut()
        .unwrap()
        .splice(1..1, poison);
    let mut answer = place.call(payload).await.unwrap();
    let failed = answer["batchItemFailures"].as_array_mut().unwrap();
    failed.sort_by_key(|one| one["itemIdentifier"].to_string());
    assert_eq!(answer, failures(&["empty", "lost-1", "panic-1", "poison"]));
    assert_eq!(
        place.seen(),
        ["done-1", "done-2", "later-1", "lost-1", "panic-1"]
    );
    assert_eq!(place.sqs.sent().len(), 1);
}

#[tokio::test]
async fn a_queue_that_refuses_leaves_events_with_lambda() {
    let sqs = Sqs {
        refuses: true,
        ..Sqs::default()
    };
    let place = place(sqs, true, true).await;
    for id in ["later-1", "lost-1"] {
        let error = place.call(event(id)).await.unwrap_err();
        assert!(
            error.contains("allow the function's role sqs:SendMessage"),
            "{error}"
        );
        assert_eq!(place.call(batch(&[id])).await, Ok(failures(&[id])));
    }
}

#[tokio::test]
async fn without_a_queue_it_waits_as_long_as_there_is_time() {
    let place = place(Sqs::default(), false, false).await;
    assert_eq!(place.call(event("twice-1")).await, Ok(Value::Null));
    assert_eq!(place.seen(), ["twice-1"; 3]);
    let short = Duration::from_secs(1);
    let error = place
        .call_within(event("later-1"), short)
        .await
        .unwrap_err();
    assert!(
        error.contains("Slack said 429, and there is no GREENLIGHT_RETRY_QUEUE"),
        "{error}"
    );
    let error = place.call(event("lost-1")).await.unwrap_err();
    assert!(error.contains("there is no channel #x"), "{error}");
    let error = place.call(event("panic-1")).await.unwrap_err();
    assert!(error.contains("panicked"), "{error}");
}

#[tokio::test]
async fn what_hangs_is_put_off_before_the_deadline() {
    let place = place(Sqs::default(), true, true).await;
    let time = Duration::from_millis(600);
    assert_eq!(
        place.call_within(batch(&["hang-1", "done-1"]), time).await,
        Ok(failures(&[]))
    );
    let [sent] = &place.sqs.sent()[..] else {
        panic!()
    };
    assert!(
        sent["MessageBody"].as_str().unwrap().contains("hang-1"),
        "{sent}"
    );
}

#[tokio::test]
async fn a_letter_without_an_id_brings_the_batch_again() {
    let place = place(Sqs::default(), true, false).await;
    let payload = json!({ "Records": [letter("", "no JSON", 0)] });
    assert!(place.call(payload).await.is_err());
}

#[tokio::test]
async fn routes_are_read_again_and_bad_ones_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("routes.yaml");
    let store = Aws::new(BTreeMap::new()).unwrap().store();
    let place = format!("file://{}", file.display()).parse().unwrap();
    let book = RouteBook::new(store, Some(place), Duration::ZERO);
    let shown = async || format!("{:?}", book.current().await);
    let builtin = shown().await;
    assert_eq!(builtin, format!("{:?}", Routes::default()));
    std::fs::write(&file, [0xff, 0xfe]).unwrap();
    assert_eq!(shown().await, builtin);
    std::fs::write(&file, "version: 1\ndefault: off\n").unwrap();
    let read = shown().await;
    assert_ne!(read, builtin);
    std::fs::write(&file, "routes: [").unwrap();
    assert_eq!(shown().await, read);
}
