//! Any order and any repetition of events makes the same card.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::collections::BTreeMap;

use events::{Event, Phase, read};
use greenlight_card::{Card, Join as _, Key, parts};
use proptest::prelude::*;
use serde_json::{Value, json};

/// All cards that events make, by what they are about.
fn cards(events: &[Event]) -> BTreeMap<Key, Card> {
    let mut cards: BTreeMap<Key, Card> = BTreeMap::new();
    for part in events.iter().flat_map(parts) {
        cards.entry(part.key).or_default().join(part.card);
    }
    cards
}

/// A whole execution as it really came.
fn success() -> Vec<Event> {
    let all: Vec<Value> = serde_json::from_str(include_str!("success.json")).unwrap();
    all.iter().flat_map(|value| read(value).unwrap()).collect()
}

/// Events of one execution with a retried stage, a build, a deployment and its
/// gates; the times tie.
fn generated(picks: &[(u8, u8, u8, u8)]) -> Vec<Event> {
    let pick = |n: &(usize, &(u8, u8, u8, u8))| {
        let (n, (kind, state, attempt, second)) = *n;
        let states = ["STARTED", "SUCCEEDED", "FAILED", "STOPPED", "NEW_WORD"];
        let state = states[usize::from(*state) % states.len()];
        let attempt = attempt % 3 + 1;
        let (source, name, detail) = match kind % 6 {
            0 => (
                "aws.codepipeline",
                "CodePipeline Pipeline Execution State Change",
                json!({"pipeline": "shop", "execution-id": "e", "state": state, "pipeline-execution-attempt": attempt}),
            ),
            1 => (
                "aws.codepipeline",
                "CodePipeline Stage Execution State Change",
                json!({"pipeline": "shop", "execution-id": "e", "stage": "Build", "state": state, "pipeline-execution-attempt": attempt}),
            ),
            2 => (
                "aws.codepipeline",
                "CodePipeline Action Execution State Change",
                json!({"pipeline": "shop", "execution-id": "e", "stage": "Build", "action": "Build", "state": state,
                    "type": {"provider": "CodeBuild", "category": "Build"}, "pipeline-execution-attempt": attempt,
                    "execution-result": {"external-execution-id": format!("shop:{attempt}"), "external-execution-summary": format!("s{n}")}}),
            ),
            3 => (
                "aws.codebuild",
                "CodeBuild Build State Change",
                json!({"build-status": state, "project-name": "shop", "build-id": format!("arn:aws:codebuild:eu:1:build/shop:{attempt}"),
                    "current-phase": format!("P{n}"), "additional-information": {"initiator": "codepipeline/shop"}}),
            ),
            4 => (
                "aws.codedeploy",
                "CodeDeploy Deployment State-change Notification",
                json!({"deploymentId": "d-1", "state": state, "application": "shop", "deploymentGroup": "live"}),
            ),
            _ => (
                "greenlight",
                "Greenlight Gate Verdict",
                json!({"hook": "BeforeAllowTraffic", "deploymentId": "d-1", "status": "Failed", "reason": format!("r{n}"),
                    "outcomes": [{"check": "liveness", "status": "Failed", "expected": "200", "got": "500"}]}),
            ),
        };
        let second = second % 4;
        let event = json!({"id": format!("id-{n}"), "source": source, "detail-type": name, "account": "1",
            "region": "eu", "time": format!("2026-01-01T00:00:0{second}Z"), "detail": detail});
        read(&event).unwrap().remove(0)
    };
    picks.iter().enumerate().map(|n| pick(&n)).collect()
}

fn picks() -> impl Strategy<Value = Vec<(u8, u8, u8, u8)>> {
    prop::collection::vec(any::<(u8, u8, u8, u8)>(), 1..30)
}

#[test]
fn a_whole_execution_is_one_card_and_what_it_links() {
    let cards = cards(&success());
    let keys: Vec<String> = cards.keys().map(Key::to_string).collect();
    assert_eq!(
        keys,
        [
            "executions/meerkat/f17023e4-eac9-4a52-8e9f-212e7a8d0d6e",
            "builds/meerkat-testing~3ae91cf1d8-8089-478a-801d-3a8a7512773b",
            "deployments/d-GFBF8C0QF",
            "deployments/d-PXMGWFFK3",
        ]
    );
    let execution = cards.values().next().unwrap();
    let id = execution.execution.clone().unwrap();
    for part in cards.values().skip(1) {
        let whose = part.part_of.clone();
        assert_eq!(whose, Some(Key::Execution(id.clone())), "each knows it");
    }
    let standing = |run: &greenlight_card::Run| run.standing.as_ref().map(|s| s.phase);
    assert_eq!(standing(&execution.runs[&1]), Some(Phase::Succeeded));
    // The last stage's success came after the pipeline's; that of the stage
    // before it never came.
    let stages = execution
        .stages
        .iter()
        .map(|(name, stage)| (name.as_str(), standing(&stage.runs[&1])));
    let expected = [
        ("Build", Some(Phase::Running)),
        ("DeployToExternalAccount", Some(Phase::Succeeded)),
        ("Source", Some(Phase::Succeeded)),
    ];
    assert!(stages.eq(expected));
}

#[test]
fn a_failure_made_for_people_names_its_action() {
    let event = json!({"detailType": "CodePipeline Pipeline Execution State Change",
        "source": "aws.codepipeline", "time": "2021-06-24T00:46:16Z",
        "detail": {"pipeline": "shop", "execution-id": "e", "state": "FAILED"},
        "additionalAttributes": {"failedStage": "Deploy",
            "failedActions": [{"action": "ToEcs", "additionalInformation": "Deployment d-1 failed"}]}});
    let cards = cards(&read(&event).unwrap());
    let card = cards.values().next().unwrap();
    let action = &card.stages["Deploy"].actions["ToEcs"].runs[&1];
    assert_eq!(
        action.summary.as_ref().unwrap().value,
        "Deployment d-1 failed"
    );
}

#[test]
fn no_two_things_have_one_path() {
    let event = |id: &str| Key::Event(id.to_owned()).to_string();
    let odd = [
        "", "~", "/", "a/b", "a~2fb", "..", ".", "é", "a b", "A", "a",
    ];
    for (n, a) in odd.iter().enumerate() {
        assert_eq!(event(a).matches('/').count(), 1, "{a}");
        for b in &odd[n + 1..] {
            assert_ne!(event(a), event(b), "{a} {b}");
        }
    }
}

#[test]
fn a_path_is_never_too_long_and_still_tells_things_apart() {
    let long = "é".repeat(4000);
    let names = (long.clone(), long.clone() + "a", long.clone() + "b");
    let key = |name: &String| {
        let name = || name.clone();
        Key::Approval(name(), name(), name(), name()).to_string()
    };
    assert!(key(&names.0).len() < 900);
    assert_ne!(key(&names.1), key(&names.2));
}

proptest! {
    #[test]
    fn any_order_and_repetition_makes_the_same_cards(
        picks in picks(),
        order in any::<prop::sample::Index>(),
        seed in any::<u64>(),
    ) {
        let events = generated(&picks);
        let mut other = events.clone();
        // Some come twice, and all of them in another order.
        let again = other[order.index(other.len())].clone();
        other.push(again);
        let mut state = seed;
        for n in (1..other.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let with = usize::try_from(state >> 33).unwrap() % (n + 1);
            other.swap(n, with);
        }
        prop_assert_eq!(cards(&events), cards(&other));
    }

    #[test]
    fn a_merge_has_no_grouping(a in picks(), b in picks(), c in picks()) {
        let all = |picks: &[_]| {
            let mut card = Card::default();
            generated(picks).iter().flat_map(parts).for_each(|part| card.join(part.card));
            card
        };
        let (a, b, c) = (all(&a), all(&b), all(&c));
        let joined = |mut x: Card, y: &Card| { x.join(y.clone()); x };
        prop_assert_eq!(
            joined(joined(a.clone(), &b), &c),
            joined(a.clone(), &joined(b.clone(), &c))
        );
        prop_assert_eq!(joined(a.clone(), &b), joined(b, &a));
        prop_assert_eq!(joined(a.clone(), &a), a);
    }

    #[test]
    fn what_is_kept_is_the_same_card(picks in picks()) {
        for card in cards(&generated(&picks)).into_values() {
            let kept = serde_json::to_string(&card).unwrap();
            prop_assert_eq!(serde_json::from_str::<Card>(&kept).unwrap(), card);
        }
    }
}
