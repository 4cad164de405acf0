//! What is no event, or no good one: it is told of in the log, kept with the
//! dead letters, and in nobody's way.

use std::time::Duration;

use local_slack::Posted;
use serde_json::{Value, json};
use world::NewMessage;

use crate::notify_support::{DEAD, LONG, Plan, RETRY, Rig, SLACK, told, why, words};

fn started(pipeline: &str, id: &str) -> Value {
    json!({
        "version": "0", "id": format!("event-{id}"), "source": "aws.codepipeline",
        "detail-type": "CodePipeline Pipeline Execution State Change",
        "account": "123456789012", "region": "eu-west-1", "time": "2026-03-01T09:00:00Z",
        "resources": [format!("arn:aws:codepipeline:eu-west-1:123456789012:{pipeline}")],
        "detail": {"pipeline": pipeline, "execution-id": id, "state": "STARTED", "version": 4.0},
    })
}

/// The largest event that EventBridge takes, nearly.
fn large(pipeline: &str, id: &str) -> Value {
    let mut event = started(pipeline, id);
    event["detail"]["execution-trigger"] = json!({
        "commit-message": format!("password=hunter2PLANTED {}", "é".repeat(50_000)),
    });
    let size = event.to_string().len();
    event["detail"]["padding"] = "x".repeat(256 * 1024 - 100 - size).into();
    event
}

/// Of wrong types, wherever there is one.
fn odd() -> Value {
    json!({
        "version": 0, "id": 17, "source": "aws.codepipeline",
        "detail-type": "CodePipeline Pipeline Execution State Change",
        "account": 123_456_789_012_u64, "region": ["eu-west-1"], "time": 1_767_348_000,
        "resources": "none",
        "detail": {
            "pipeline": "odd", "execution-id": 5, "state": "BRANDNEW", "version": "4",
            "start-time": {}, "pipeline-execution-attempt": "first",
            "execution-trigger": ["password=hunter2PLANTED"],
        },
    })
}

fn unknown() -> Value {
    json!({
        "version": "0", "id": "event-unknown", "source": "com.example.weather",
        "detail-type": "Storm Warning", "account": "123456789012", "region": "eu-west-1",
        "time": "2026-03-01T09:00:00Z", "resources": ["arn:aws:s3:::coast"],
        "detail": {"force": 11, "token": "ghp_0123456789abcdefPLANTED0123456789"},
    })
}

/// What is no event at all, and a part of what is said about it.
fn poison() -> Vec<(String, &'static str)> {
    vec![
        ("{\"detail-type\": \"Cod".to_owned(), "JSON"),
        ("password=hunter2PLANTED".to_owned(), "JSON"),
        ("[".repeat(20_000), "JSON"),
        ("7".to_owned(), "it has one value"),
        ("[]".to_owned(), "this is no event"),
        ("{}".to_owned(), "detail"),
        ("{\"Records\": []}".to_owned(), "detail"),
    ]
}

fn texts(rig: &Rig) -> Vec<String> {
    let messages = rig.messages();
    let mut texts: Vec<String> = messages.iter().map(|m| m.text().to_owned()).collect();
    texts.sort_unstable();
    texts
}

#[tokio::test]
async fn poison_in_the_queue_spoils_nothing_of_its_batch() {
    let plan = Plan {
        is_fed: false,
        ..Plan::new()
    };
    let rig = plan.start().await;
    let send = |body: String| {
        rig.local
            .send_message(RETRY, NewMessage::new(body))
            .unwrap()
    };
    send(started("first", "e-1").to_string());
    let poison = poison();
    poison.iter().for_each(|(body, _)| drop(send(body.clone())));
    send(large("large", "e-2").to_string());
    send(started("last", "e-3").to_string());
    // That is one batch.
    assert_eq!(rig.letters(RETRY).len(), 10);
    rig.feed();
    rig.settled().await;
    let good = ["first", "large", "last"].map(|name| format!("🔄 {name} is running"));
    assert_eq!(texts(&rig), good);
    let dead = rig.letters(DEAD);
    assert_eq!(dead.len(), poison.len());
    for (body, part) in &poison {
        let letter = dead.iter().find(|letter| letter.body == *body);
        let why = why(letter.unwrap_or_else(|| panic!("{body:.80} is gone")));
        assert!(why.contains(part), "{body:.80}: {why}");
        assert!(why.lines().count() == 1 && why.len() < 500, "{why}");
    }
    let logs = rig.end().await;
    let lines = told(&logs, "this is no event");
    assert_eq!(lines.len(), poison.len(), "{lines:#?}");
    for line in &lines {
        assert!(line["why"].is_string() && line["bytes"].is_u64(), "{line}");
        assert!(
            line["message_id"].is_string() && line["level"] == "ERROR",
            "{line}"
        );
    }
    let gone = told(&logs, "an event went to the dead letters");
    assert_eq!(gone.len(), poison.len());
    assert!(logs.iter().all(|line| line.len() < 4096), "long lines");
}

#[tokio::test]
async fn poison_by_itself_goes_to_the_dead_letters() {
    let rig = Plan::new().start().await;
    let poison = [json!({}), json!([]), json!(7), json!("text"), Value::Null];
    poison.iter().for_each(|event| rig.call(event));
    rig.settled().await;
    let dead = rig.letters(DEAD);
    let mut bodies: Vec<&str> = dead.iter().map(|letter| letter.body.as_str()).collect();
    bodies.sort_unstable();
    assert_eq!(bodies, ["\"text\"", "7", "[]", "null", "{}"]);
    assert!(rig.messages().is_empty());
    // No JSON at all: Lambda would not hand it over, and the function lives on.
    let raw = rig
        .local
        .functions()
        .invoke(SLACK, "{\"detail".into())
        .await;
    assert!(raw.failure().is_some(), "{raw:?}");
    rig.call(&started("shop", "e-1"));
    rig.settled().await;
    assert_eq!(texts(&rig), ["🔄 shop is running"]);
    rig.end().await;
}

#[tokio::test]
async fn odd_events_and_large_ones_are_told_as_far_as_they_go() {
    let rig = Plan::new().start().await;
    assert!((255 * 1024..256 * 1024).contains(&large("large", "e-2").to_string().len()));
    for event in [large("large", "e-2"), unknown(), odd()] {
        rig.call(&event);
    }
    rig.settled().await;
    let dead: Vec<String> = rig.letters(DEAD).iter().map(why).collect();
    assert_eq!(dead, [""; 0]);
    let messages = rig.messages();
    let about = |name: &str| {
        let about = |m: &&Posted| words(m).contains(name);
        let found = messages.iter().find(about).map(words);
        found.unwrap_or_else(|| panic!("nothing about {name}: {messages:#?}"))
    };
    assert!(about("Storm Warning").contains("com.example.weather"));
    about("odd");
    about("large");
    assert_eq!(messages.len(), 3, "{messages:#?}");
    rig.end().await;
}

/// What the function fails over comes again, and after five times Lambda's
/// queue itself gives up.
#[tokio::test]
async fn with_settings_that_are_wrong_all_is_kept() {
    let plan = Plan {
        visibility: Duration::from_millis(50),
        env: [("GREENLIGHT_CARDS".to_owned(), "nowhere".to_owned())].into(),
        ..Plan::new()
    };
    let rig = plan.start().await;
    rig.call(&started("shop", "e-1"));
    rig.queued(DEAD, 1).await;
    assert!(rig.local.idle(LONG).await);
    let dead = rig.letters(DEAD);
    assert!(dead[0].body.contains("\"e-1\""), "{}", dead[0].body);
    let logs = rig.end().await;
    let lines = told(&logs, "not taken");
    assert_eq!(lines.len(), 6, "{lines:#?}");
    let told = lines[0]["why"].as_str().unwrap();
    assert!(told.contains("GREENLIGHT_CARDS"), "{told}");
}
