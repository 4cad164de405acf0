//! Whatever goes wrong on the way: one message for each execution, and it says
//! what all events together say.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod support;

use std::{collections::BTreeMap, time::Duration};

use card::{Card, Join as _, Key, Part, parts};
use events::Event;
use greenlight_board::Courier as _;
use proptest::prelude::*;
use routes::{Routes, Way};
use serde_json::{Value, json};
use store::Shelf;
use story::{Finding, History, Story, Subject};
use support::{Aws, Chat, Delivery, board, board_on, deliver};
use tokio::time::Instant;

fn event(id: &str, second: u32, (source, kind): (&str, &str), detail: Value) -> Event {
    let value = json!({
        "version": "0", "id": id, "source": source, "detail-type": kind, "account": "123456789012",
        "region": "eu-west-1", "time": format!("2026-11-01T10:{:02}:{:02}Z", second / 60, second % 60),
        "detail": detail,
    });
    events::read(&value).unwrap().remove(0)
}

const PIPELINE: (&str, &str) = (
    "aws.codepipeline",
    "CodePipeline Pipeline Execution State Change",
);
const ACTION: (&str, &str) = (
    "aws.codepipeline",
    "CodePipeline Action Execution State Change",
);
const BUILD: (&str, &str) = ("aws.codebuild", "CodeBuild Build State Change");
const DEPLOYMENT: (&str, &str) = (
    "aws.codedeploy",
    "CodeDeploy Deployment State-change Notification",
);

/// An execution with a build and a deployment that fails.
fn execution(n: usize) -> Vec<Event> {
    let id = |what: &str| format!("{n}-{what}");
    let of = |state: &str| json!({"pipeline": id("shop"), "execution-id": id("run"), "state": state, "version": 4.0});
    let action = |stage: &str, provider: &str, state: &str, external: Value| {
        json!({"pipeline": id("shop"), "execution-id": id("run"), "stage": stage, "action": stage, "state": state,
            "type": {"owner": "AWS", "category": stage, "provider": provider, "version": "1"},
            "execution-result": external})
    };
    let build = json!({"external-execution-id": format!("shop:{n}")});
    let deployment = json!({"external-execution-id": format!("d-{n}"), "external-execution-summary": "it failed"});
    let of_build = |state: &str| {
        json!({"build-status": state, "project-name": "shop", "current-phase": "BUILD",
            "build-id": format!("arn:aws:codebuild:eu-west-1:123456789012:build/shop:{n}"),
            "additional-information": {"initiator": format!("codepipeline/{}", id("shop"))}})
    };
    let of_deployment = |state: &str| json!({"deploymentId": format!("d-{n}"), "application": "shop", "deploymentGroup": "live", "state": state});
    vec![
        event(&id("1"), 1, PIPELINE, of("STARTED")),
        event(
            &id("2"),
            1,
            ACTION,
            action("Build", "CodeBuild", "STARTED", json!({})),
        ),
        event(&id("3"), 2, BUILD, of_build("IN_PROGRESS")),
        event(&id("4"), 60, BUILD, of_build("SUCCEEDED")),
        event(
            &id("5"),
            61,
            ACTION,
            action("Build", "CodeBuild", "SUCCEEDED", build),
        ),
        event(
            &id("6"),
            61,
            ACTION,
            action("Deploy", "CodeDeployToECS", "STARTED", json!({})),
        ),
        event(&id("7"), 62, DEPLOYMENT, of_deployment("START")),
        event(&id("8"), 90, DEPLOYMENT, of_deployment("FAILURE")),
        event(
            &id("9"),
            91,
            ACTION,
            action("Deploy", "CodeDeployToECS", "FAILED", deployment),
        ),
        event(&id("10"), 91, PIPELINE, of("FAILED")),
    ]
}

/// The cards of events, put together at once.
fn cards(events: &[Event]) -> BTreeMap<Key, Card> {
    let mut cards: BTreeMap<Key, Card> = BTreeMap::new();
    for Part { key, card } in events.iter().flat_map(parts) {
        cards.entry(key).or_default().join(card);
    }
    let linked: Vec<Key> = cards
        .iter()
        .filter(|(_, c)| c.part_of.is_some())
        .map(|(k, _)| k.clone())
        .collect();
    for key in linked {
        let mut card = cards.remove(&key).unwrap();
        let parent = card.part_of.take().unwrap();
        cards.entry(parent).or_default().join(card);
    }
    cards
}

/// What has to stand when all is said.
fn expected(events: &[Event], chat: &Chat) -> Vec<(String, String, Value)> {
    let way = Way {
        channel: None,
        mention: None,
        rule: String::new(),
    };
    let tell = |(key, card): (Key, Card)| {
        let findings = Subject::all(&card).into_iter().map(|subject| {
            let finding = Finding {
                failed_at: Some(subject.to_string()),
                ..Finding::default()
            };
            (subject.to_string(), finding)
        });
        let mut history = History::default();
        history.take(&card);
        let trend = match &key {
            Key::Execution(id) => history.trend(&id.execution),
            _ => None,
        };
        let story = Story::new(&key, &card, &findings.collect(), trend);
        let messages = chat.messages(&story, &way).into_iter();
        messages
            .map(|m| (chat.place(&way), m.slot, m.body))
            .collect::<Vec<_>>()
    };
    cards(events).into_iter().flat_map(tell).collect()
}

fn run<F: Future>(future: F) -> F::Output {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().start_paused(true).build();
    runtime.unwrap().block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn one_message_for_each_execution_that_says_what_all_events_say(seed in any::<u64>(), seconds in 0..300u64) {
        fastrand::seed(seed);
        let chat = Chat { refuses: 20, loses: 10, ..Chat::default() };
        let mut all: Vec<Event> = (0..4).flat_map(execution).collect();
        fastrand::shuffle(&mut all);
        let delivery = Delivery { twice: 10, kills: 15, seconds };
        let lost = run(async {
            let board = board(chat.clone(), Aws::default());
            deliver(&board, &all, delivery).await
        });
        prop_assert_eq!(lost, Vec::<String>::new());
        let standing = chat.all();
        let mut told: Vec<(String, String, Value)> = Vec::new();
        for message in &standing {
            // What hangs in a thread hangs under the message of its own card.
            if let Some(thread) = &message.thread {
                let above = chat.messages.lock().unwrap().get(thread).cloned();
                prop_assert_eq!(above.map(|m| m.slot), Some("card".to_owned()));
            }
            told.push((message.place.clone(), message.slot.clone(), message.body.clone()));
        }
        let mut expected = expected(&all, &chat);
        told.sort_by_key(|m| (m.1.clone(), m.2.to_string()));
        expected.sort_by_key(|m| (m.1.clone(), m.2.to_string()));
        prop_assert_eq!(told, expected);
    }
}

/// Delivers events one after the other, each until it is taken.
fn in_order(chat: &Chat, aws: Aws, events: &[Event]) -> Vec<String> {
    run(async {
        let board = board(chat.clone(), aws);
        let mut lost = Vec::new();
        for event in events {
            let one = std::slice::from_ref(event);
            lost.extend(deliver(&board, one, Delivery::default()).await);
        }
        lost
    })
}

/// The keys of the cards that stand.
fn standing(chat: &Chat) -> Vec<String> {
    let cards = chat.all().into_iter().filter(|m| m.slot == "card");
    let key = |m: support::Standing| {
        m.body
            .to_string()
            .split("key: ")
            .nth(1)
            .unwrap()
            .chars()
            .take(40)
            .collect()
    };
    cards.map(key).collect()
}

fn deployment(id: &str, state: &str, second: u32) -> Event {
    let detail = json!({"deploymentId": id, "application": "shop", "deploymentGroup": "live", "state": state});
    event(&format!("{id}-{state}"), second, DEPLOYMENT, detail)
}

#[test]
fn a_deployment_without_a_pipeline_is_told_by_itself_after_a_while() {
    let chat = Chat::default();
    let events = [
        deployment("d-1", "START", 1),
        deployment("d-1", "SUCCESS", 9),
    ];
    assert!(in_order(&chat, Aws::default(), &events).is_empty());
    let standing = standing(&chat);
    assert_eq!(standing.len(), 1);
    assert!(standing[0].starts_with("Deployment("), "{standing:?}");
}

#[test]
fn what_was_told_by_itself_is_taken_back_when_its_pipeline_shows() {
    let chat = Chat::default();
    let mut events = execution(1);
    // The action tells which deployment it was at its end only.
    events.rotate_left(6);
    assert!(in_order(&chat, Aws::default(), &events).is_empty());
    let standing = standing(&chat);
    assert_eq!(standing.len(), 1, "{standing:?}");
    assert!(standing[0].starts_with("Execution("), "{standing:?}");
}

#[test]
fn a_rollback_is_told_with_what_it_takes_back() {
    let chat = Chat::default();
    let parent = |id: &str| Key::Deployment(id.to_owned());
    let aws = Aws {
        parents: [(parent("d-2"), parent("d-1"))].into(),
        ..Aws::default()
    };
    let events = [
        deployment("d-2", "START", 8),
        deployment("d-1", "START", 1),
        deployment("d-1", "FAILURE", 7),
        deployment("d-2", "SUCCESS", 9),
    ];
    assert!(in_order(&chat, aws, &events).is_empty());
    let standing = standing(&chat);
    assert_eq!(standing.len(), 1, "{standing:?}");
    assert!(standing[0].contains("d-1"), "{standing:?}");
}

#[test]
fn a_deployment_is_found_while_its_action_runs() {
    let chat = Chat::default();
    let all = execution(1);
    let works = parts(&all[8]);
    let works: Vec<Part> = works
        .into_iter()
        .filter(|p| p.card.part_of.is_some())
        .collect();
    assert_eq!(works.len(), 1);
    let aws = Aws {
        works,
        ..Aws::default()
    };
    // Without the last two: the action still runs.
    let lost = run(async {
        let board = board(chat.clone(), aws);
        deliver(&board, &all[..8], Delivery::default()).await
    });
    assert!(lost.is_empty());
    let standing = standing(&chat);
    assert_eq!(standing.len(), 1, "{standing:?}");
    assert!(standing[0].starts_with("Execution("), "{standing:?}");
    assert_eq!(
        *chat.posts.lock().unwrap(),
        1 + 1,
        "the card, and one failure"
    );
}

#[test]
fn a_webhook_gets_each_change_once() {
    let chat = Chat {
        is_webhook: true,
        ..Chat::default()
    };
    let mut all = execution(1);
    all.extend(execution(1));
    let lost = run(async {
        let board = board(chat.clone(), Aws::default());
        let delivery = Delivery {
            twice: 50,
            ..Delivery::default()
        };
        deliver(&board, &all, delivery).await
    });
    assert!(lost.is_empty());
    let mut slots: Vec<String> = chat.all().into_iter().map(|m| m.slot).collect();
    let count = slots.len();
    slots.sort();
    slots.dedup();
    assert_eq!(slots.len(), count, "{slots:?}");
    assert!(slots.contains(&"Failed/1".to_owned()), "{slots:?}");
}

#[test]
fn what_is_refused_for_good_is_said_so_and_keeps_nothing_else() {
    let chat = Chat {
        bars: Some("card"),
        ..Chat::default()
    };
    let lost = in_order(&chat, Aws::default(), &execution(1)[..1]);
    assert_eq!(lost, ["nobody may say that here"]);
    // Once it is allowed, the same event brings it.
    let chat = Chat { bars: None, ..chat };
    assert!(in_order(&chat, Aws::default(), &execution(1)[..1]).is_empty());
    assert_eq!(standing(&chat).len(), 1);
}

#[test]
fn what_a_part_knew_before_its_link_was_told_goes_up_with_the_next_event() {
    let chat = Chat::default();
    let shelf = Shelf::in_memory();
    let events = [
        deployment("d-1", "START", 1),
        deployment("d-1", "FAILURE", 7),
    ];
    run(async {
        let board = board_on(shelf.clone(), chat.clone(), Aws::default());
        let (routes, until) = (Routes::default(), Instant::now() + Duration::from_secs(50));
        for event in &events {
            board.take(event, &routes, until).await;
        }
        // The one that found out whose part it is ended before it told there.
        let name = "deployments/d-1.json";
        let (bytes, edition) = shelf.get(name).await.unwrap().unwrap();
        let mut record: Value = serde_json::from_slice(&bytes).unwrap();
        record["card"]["part_of"] = json!({"execution": {"pipeline": "shop", "execution": "run"}});
        let bytes = serde_json::to_vec(&record).unwrap();
        shelf.put(name, bytes, Some(&edition)).await.unwrap();
        // Only the first one comes again.
        board.take(&events[0], &routes, until).await;
    });
    let told = chat.all();
    assert!(
        told.iter().any(|m| m.slot.starts_with("failure/")),
        "{told:#?}"
    );
}
