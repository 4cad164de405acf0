//! Events as they come, and the stories that they make.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test uses its part; helpers of tests fail as tests do"
)]

use std::collections::BTreeMap;

use card::{Card, Key, assemble, parts};
use events::{Event, ExecutionId, Moment, read};
use greenlight_story::{Finding, Story};
use serde_json::{Value, json};

/// 2026-01-01T00:00:00Z.
pub(crate) const START: i64 = 1_767_225_600_000;

/// An event, this many seconds after the start.
pub(crate) fn event(second: i64, kind: &str, detail: Value) -> Event {
    let (source, name) = match kind {
        "pipeline" | "stage" | "action" => ("aws.codepipeline", kind),
        "build" => ("aws.codebuild", "CodeBuild Build State Change"),
        "phase" => ("aws.codebuild", "CodeBuild Build Phase Change"),
        "deployment" => (
            "aws.codedeploy",
            "CodeDeploy Deployment State-change Notification",
        ),
        "instance" => (
            "aws.codedeploy",
            "CodeDeploy Instance State-change Notification",
        ),
        "gate" => ("greenlight", "Greenlight Gate Verdict"),
        "ecs" => ("aws.ecs", "ECS Deployment State Change"),
        "hook" => ("aws.ecs", "ECS Hook State Change"),
        "task" => ("aws.ecs", "ECS Task State Change"),
        "service" => ("aws.ecs", "ECS Service Action"),
        "tool" => ("jenkins", "Greenlight Tool Event"),
        "scan" => ("aws.ecr", "ECR Image Scan"),
        "push" => ("aws.ecr", "ECR Image Action"),
        other => ("aws.backup", other),
    };
    let name = match name {
        "pipeline" => "CodePipeline Pipeline Execution State Change",
        "stage" => "CodePipeline Stage Execution State Change",
        "action" => "CodePipeline Action Execution State Change",
        name => name,
    };
    let id = format!("{second}-{kind}-{detail}");
    let event = json!({"id": id, "source": source, "detail-type": name, "account": "123456789012",
        "region": "eu-west-1", "time": Moment(START + second * 1000).to_string(),
        "resources": ["arn:aws:ecs:eu-west-1:123456789012:service/live/shop"], "detail": detail});
    read(&event).unwrap().remove(0)
}

/// The same, of the execution `e` of the pipeline `shop`.
pub(crate) fn of_pipeline(second: i64, kind: &str, mut detail: Value) -> Event {
    let fields = detail.as_object_mut().unwrap();
    fields.insert("pipeline".to_owned(), json!("shop"));
    fields.insert("execution-id".to_owned(), json!("e"));
    event(second, kind, detail)
}

/// An action, `Stage/Action`, of a provider, with its result.
pub(crate) fn action(
    second: i64,
    place: &str,
    (provider, state): (&str, &str),
    result: Value,
) -> Event {
    let (stage, action) = place.split_once('/').unwrap();
    let category = match provider {
        "Manual" => "Approval",
        "CodeStarSourceConnection" => "Source",
        _ => "Build",
    };
    of_pipeline(
        second,
        "action",
        json!({"stage": stage, "action": action, "state": state,
            "type": {"provider": provider, "category": category}, "execution-result": result}),
    )
}

pub(crate) fn execution() -> Key {
    Key::Execution(ExecutionId {
        pipeline: "shop".to_owned(),
        execution: "e".to_owned(),
    })
}

/// All cards that events make.
pub(crate) fn cards(events: &[Event]) -> BTreeMap<Key, Card> {
    assemble(events.iter().flat_map(parts))
}

/// The story of the only card that events make.
pub(crate) fn story(events: &[Event]) -> Story {
    story_with(events, &BTreeMap::new())
}

/// The same, with what AWS has answered.
pub(crate) fn story_with(events: &[Event], findings: &BTreeMap<String, Finding>) -> Story {
    let cards = cards(events);
    let keys: Vec<String> = cards.keys().map(Key::to_string).collect();
    assert_eq!(keys.len(), 1, "{keys:?}");
    let (key, card) = cards.iter().next().unwrap();
    Story::new(key, card, findings, None)
}

/// All stories that events make.
pub(crate) fn stories(events: &[Event]) -> Vec<Story> {
    let cards = cards(events);
    let tell = |(key, card)| Story::new(key, card, &BTreeMap::new(), None);
    cards.iter().map(tell).collect()
}

/// A whole execution as it really came.
pub(crate) fn captured() -> Vec<Event> {
    let text = include_str!("../../../card/tests/success.json");
    let all: Vec<Value> = serde_json::from_str(text).unwrap();
    all.iter().flat_map(|value| read(value).unwrap()).collect()
}

/// Stages and actions with their attempts, a line each.
pub(crate) fn outline(story: &Story) -> Vec<String> {
    let attempts = |attempts: &[greenlight_story::Attempt]| {
        let told = attempts.iter().map(|attempt| {
            let lasted = attempt.lasted().map(|d| format!(" {}s", d.as_secs()));
            format!(
                "{}:{:?}{}",
                attempt.number,
                attempt.phase,
                lasted.unwrap_or_default()
            )
        });
        told.collect::<Vec<_>>().join(" ")
    };
    let mut lines = Vec::new();
    for stage in &story.stages {
        lines.push(format!("{} {}", stage.name, attempts(&stage.attempts)));
        for step in &stage.steps {
            lines.push(format!("  {} {}", step.name, attempts(&step.attempts)));
        }
    }
    lines
}

/// What runs, a line each.
pub(crate) fn running(story: &Story) -> Vec<String> {
    story
        .running
        .iter()
        .map(|names| names.join(" > "))
        .collect()
}
