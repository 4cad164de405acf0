//! Whatever order events come in, however often, and whatever they say.

mod support;

use std::collections::BTreeMap;

use card::Card;
use events::{Event, Phase};
use greenlight_story::{Finding, History, Severity, Story, Subject};
use proptest::prelude::*;
use serde_json::json;

use crate::support::{captured, cards, event, of_pipeline};

type Pick = (u8, u8, u8, u8);

const STATES: &[&str] = &[
    "STARTED",
    "SUCCEEDED",
    "FAILED",
    "STOPPED",
    "NEW_WORD",
    "RESUMED",
];

/// Events of an execution with retried stages, builds, deployments and gates,
/// and of what has cards of its own; their times tie.
fn generated(picks: &[Pick], text: &str) -> Vec<Event> {
    let pick = |(n, (kind, state, attempt, second)): (usize, &Pick)| {
        let state = STATES[usize::from(*state) % STATES.len()];
        let attempt = attempt % 3 + 1;
        let second = i64::from(second % 5);
        let stage = ["Build", "Deploy", text][n % 3];
        let provider = ["CodeBuild", "CodeDeployToECS", "ECS", "Manual", text][n % 5];
        let category = ["Build", "Deploy", "Source", "Approval"][n % 4];
        let id = ["shop:1", "d-1", "ecs-svc/1", text][n % 4];
        let step = ["a", text][n % 2];
        let hook = ["BeforeAllowTraffic", "AfterInstall", text][n % 3];
        match kind % 14 {
            0 => of_pipeline(
                second,
                "pipeline",
                json!({"state": state,
                "pipeline-execution-attempt": attempt, "execution-trigger": {"commit-id": "abcdef1",
                "provider-type": "GitHub", "full-repository-name": text, "commit-message": text}}),
            ),
            1 => of_pipeline(
                second,
                "stage",
                json!({"stage": stage, "state": state,
                "pipeline-execution-attempt": attempt}),
            ),
            2 | 3 => of_pipeline(
                second,
                "action",
                json!({"stage": stage, "action": "Work",
                "state": state, "type": {"provider": provider, "category": category},
                "pipeline-execution-attempt": attempt, "execution-result":
                {"external-execution-id": id, "external-execution-summary": format!("{text} {n}"),
                "external-execution-url": text}}),
            ),
            4 => of_pipeline(
                second,
                "action",
                json!({"stage": stage, "action": text, "state": state,
                "type": {"provider": provider, "category": category},
                "pipeline-execution-attempt": attempt}),
            ),
            5 => event(
                second,
                "build",
                json!({"build-status": state, "project-name": text,
                "build-id": format!("arn:aws:codebuild:eu:1:build/shop:{attempt}"),
                "current-phase": text, "additional-information": {"initiator": "codepipeline/shop",
                "logs": {"deep-link": text}, "phases": [{"phase-type": "BUILD",
                "phase-status": state, "phase-context": [text]}]}}),
            ),
            6 => event(
                second,
                "deployment",
                json!({"deploymentId": "d-1", "state": state,
                "application": text, "deploymentGroup": "live"}),
            ),
            7 => event(
                second,
                "instance",
                json!({"deploymentId": "d-1", "state": state,
                "instanceId": format!("i-{attempt}")}),
            ),
            8 => event(
                second,
                "gate",
                json!({"hook": hook, "deploymentId": "d-1", "status": state,
                "reason": format!("{text} {n}"), "taskDefinition": text, "outcomes": [
                {"check": text, "status": "Failed", "expected": "200", "got": text}]}),
            ),
            9 => event(
                second,
                "ecs",
                json!({"eventName": format!("SERVICE_DEPLOYMENT_{state}"),
                "deploymentId": "ecs-svc/1", "reason": format!("rolling back to deploymentId {text}")}),
            ),
            10 => event(
                second,
                "hook",
                json!({"eventName": "HOOK_AWAITING_ACTION", "hookId": text,
                "serviceArn": "arn:aws:ecs:eu:1:service/live/shop", "serviceDeploymentArn": "ecs-svc/1",
                "hookType": "PAUSE", "lifecycleStage": text}),
            ),
            11 => event(
                second,
                "tool",
                json!({"subject": text, "run": "1", "state": state,
                "attempt": attempt, "url": text, "message": text,
                "step": step, "pipeline": "shop", "execution": "e"}),
            ),
            12 => event(
                second,
                "scan",
                json!({"repository-name": text, "scan-status": state,
                "finding-severity-counts": {"CRITICAL": u64::MAX, text: 3}}),
            ),
            _ => event(second, &format!("Backup {text}"), json!({ "a": text })),
        }
    };
    picks.iter().enumerate().map(pick).collect()
}

fn picks() -> impl Strategy<Value = Vec<Pick>> {
    prop::collection::vec(any::<Pick>(), 1..40)
}

/// All stories, with an answer of AWS about everything that failed.
fn told(events: &[Event]) -> Vec<String> {
    let cards = cards(events);
    let tell = |(key, card)| {
        let story = Story::new(key, card, &answers(card), None);
        format!("{story:#?}")
    };
    cards.iter().map(tell).collect()
}

fn answers(card: &Card) -> BTreeMap<String, Finding> {
    let answer = |subject: Subject| {
        let finding = Finding {
            log: vec![subject.to_string()],
            missing: vec!["codebuild:BatchGetBuilds is not allowed".to_owned()],
            ..Finding::default()
        };
        (subject.to_string(), finding)
    };
    Subject::all(card).into_iter().map(answer).collect()
}

/// The events in another order, some of them twice.
fn mixed(events: &[Event], mut seed: u64) -> Vec<Event> {
    let mut next = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(seed >> 33).unwrap_or_default() % below
    };
    let mut mixed = events.to_vec();
    for event in events {
        if next(3) == 0 {
            mixed.push(event.clone());
        }
    }
    for n in (1..mixed.len()).rev() {
        mixed.swap(n, next(n + 1));
    }
    mixed
}

/// What holds for every story.
fn check(story: &Story) {
    let text = format!("{story:#?}");
    let mut ids = Vec::new();
    for failure in &story.failures {
        assert!(failure.id.len() <= 200, "{text}");
        let is_plain = |c: char| c.is_ascii_alphanumeric() || ".:/_-".contains(c);
        assert!(failure.id.chars().all(is_plain), "{text}");
        assert!(!failure.place.is_empty(), "{text}");
        ids.push(&failure.id);
    }
    ids.extend(story.waiting.iter().map(|waiting| &waiting.id));
    let number = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(number, ids.len(), "{text}");
    let links = story.failures.iter().flat_map(|failure| &failure.links);
    let links = links.chain(&story.links);
    let links = links.chain(story.waiting.iter().flat_map(|waiting| &waiting.links));
    for link in links {
        let scheme = link.url.split_once("://").map(|(scheme, _)| scheme);
        assert!(matches!(scheme, Some("https" | "http")), "{}", link.url);
        let is_plain = |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '|' | '"');
        assert!(link.url.chars().all(is_plain), "{}", link.url);
    }
    for stage in &story.stages {
        assert!(!stage.attempts.is_empty(), "{text}");
        assert!(
            stage.steps.iter().all(|step| !step.attempts.is_empty()),
            "{text}"
        );
    }
    if story.phase.is_end() {
        assert!(
            story.running.is_empty() && story.waiting.is_empty(),
            "{text}"
        );
        let now = story.stages.iter().flat_map(|stage| &stage.attempts);
        assert!(now.clone().all(|attempt| attempt.phase.is_end()), "{text}");
    }
    if story.phase == Phase::Failed {
        assert_eq!(story.severity, Severity::Error, "{text}");
    }
}

#[test]
fn the_captured_execution_in_other_orders() {
    let events = captured();
    let whole = told(&events);
    for seed in 0..200 {
        assert_eq!(told(&mixed(&events, seed)), whole, "{seed}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_order_and_repetition_tells_the_same(
        picks in picks(),
        seed in any::<u64>(),
    ) {
        let events = generated(&picks, "Test");
        prop_assert_eq!(told(&events), told(&mixed(&events, seed)));
    }

    #[test]
    fn what_is_told_has_a_shape(
        picks in picks(),
        text in prop_oneof![
            "\\PC{0,40}",
            Just("https://example.com/a|b<c>\"d".to_owned()),
            Just("javascript:alert(1)".to_owned()),
            Just("https://user:word@example.com/".to_owned()),
            Just("../..//.".to_owned()),
            Just(" ".to_owned()),
            Just("<!channel> & \u{202e}\0".to_owned()),
            Just("arn:aws:ecs:eu:1:task-definition/".to_owned()),
        ],
    ) {
        let events = generated(&picks, &text);
        for (key, card) in &cards(&events) {
            check(&Story::new(key, card, &answers(card), None));
            let mut history = History::default();
            history.take(card);
        }
    }
}
