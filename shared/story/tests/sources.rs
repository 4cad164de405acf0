//! Each kind of thing that a card is about.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod support;

use events::{Event, Moment, Phase, read};
use greenlight_story::{Question, Severity, Source};
use serde_json::{Value, json};

use crate::support::{START, action, event, of_pipeline, outline, running, stories, story};

fn approval(token: &str) -> Event {
    let message = json!({"region": "eu-west-1", "approval": {"pipelineName": "shop",
        "stageName": "Release", "actionName": "Ask", "token": token, "expires": "2026-01-08T00:00Z",
        "externalEntityLink": "http://shop.example.com/",
        "approvalReviewLink": "https://console.aws.amazon.com/codepipeline/home#/approve",
        "customData": "Look at the test site first."}});
    let envelope = json!({"Records": [{"EventSource": "aws:sns", "Sns": {"MessageId": "m1",
        "Timestamp": "2026-01-01T00:00:05Z", "Message": message.to_string(),
        "TopicArn": "arn:aws:sns:eu-west-1:123456789012:approvals"}}]});
    read(&envelope).unwrap().remove(0)
}

fn asks(second: i64, state: &str) -> Event {
    of_pipeline(
        second,
        "action",
        json!({"stage": "Release", "action": "Ask", "state": state,
            "action-execution-id": "token-1", "type": {"provider": "Manual", "category": "Approval"}}),
    )
}

#[test]
fn an_approval_is_waited_for_until_it_is_given() {
    let mut events = vec![
        of_pipeline(0, "pipeline", json!({"state": "STARTED"})),
        of_pipeline(4, "stage", json!({"stage": "Release", "state": "STARTED"})),
        asks(5, "STARTED"),
    ];
    let told = story(&events);
    assert_eq!(
        (told.phase, told.severity),
        (Phase::Running, Severity::Warning)
    );
    assert_eq!(outline(&told), ["Release 1:Running", "  Ask 1:Waiting"]);
    assert!(running(&told).is_empty());
    assert_eq!(told.waiting.len(), 1);
    assert_eq!(told.waiting[0].links[0].text, "Pipeline");
    let id = told.waiting[0].id.clone();

    events.push(approval("token-1"));
    let told = story(&events);
    let waiting = &told.waiting[0];
    assert_eq!(
        (waiting.id.clone(), waiting.question),
        (id, Question::Approval)
    );
    assert_eq!(waiting.place, ["Release", "Ask"]);
    assert_eq!(waiting.until, Moment::parse("2026-01-08T00:00:00Z"));
    assert_eq!(
        waiting.note.as_deref(),
        Some("Look at the test site first.")
    );
    let links: Vec<&str> = waiting.links.iter().map(|link| link.url.as_str()).collect();
    assert_eq!(
        links,
        [
            "https://console.aws.amazon.com/codepipeline/home#/approve",
            "http://shop.example.com/"
        ]
    );

    events.push(asks(100, "SUCCEEDED"));
    let told = story(&events);
    assert!(told.waiting.is_empty());
    assert_eq!(told.severity, Severity::Info);
    assert_eq!(
        outline(&told),
        ["Release 1:Running", "  Ask 1:Succeeded 95s"]
    );
}

#[test]
fn an_approval_ends_with_its_execution() {
    let stopped = of_pipeline(9, "pipeline", json!({"state": "STOPPED"}));
    let told = story(&[asks(5, "STARTED"), approval("token-1"), stopped]);
    assert!(told.waiting.is_empty());
    assert_eq!(
        outline(&told),
        ["Release 1:Stopped 4s", "  Ask 1:Stopped 4s"]
    );
}

#[test]
fn an_approval_whose_execution_nobody_knows() {
    let told = story(&[approval("other")]);
    assert_eq!(
        (told.source, told.name.as_str()),
        (Source::Approval, "shop")
    );
    assert_eq!(
        (told.phase, told.severity),
        (Phase::Waiting, Severity::Warning)
    );
    assert_eq!(told.waiting.len(), 1);
    assert_eq!(outline(&told), ["Release 1:Waiting", "  Ask 1:Waiting"]);
}

#[test]
fn a_paused_ecs_deployment() {
    let hook = |second, name: &str| {
        let arn = "arn:aws:ecs:eu-west-1:1:service-deployment/live/shop/x";
        event(
            second,
            "hook",
            json!({"eventName": name, "hookId": "ecs-pause-1", "hookType": "PAUSE",
            "expiresAt": "2026-01-01T01:00:00Z", "lifecycleStage": "POST_TEST_TRAFFIC_SHIFT",
            "serviceArn": "arn:aws:ecs:eu-west-1:1:service/live/shop", "serviceDeploymentArn": arn}),
        )
    };
    let told = story(&[hook(1, "HOOK_AWAITING_ACTION")]);
    assert_eq!(told.waiting[0].question, Question::Pause);
    assert_eq!(told.waiting[0].place, ["shop", "POST_TEST_TRAFFIC_SHIFT"]);
    assert_eq!(told.waiting[0].until, Some(Moment(START + 3_600_000)));
    assert_eq!(told.severity, Severity::Warning);
    let told = story(&[hook(1, "HOOK_AWAITING_ACTION"), hook(9, "HOOK_SUCCEEDED")]);
    assert!(told.waiting.is_empty() && told.failures.is_empty());
    let told = story(&[hook(1, "HOOK_AWAITING_ACTION"), hook(9, "HOOK_TIMED_OUT")]);
    assert_eq!(
        told.failures[0].words,
        ["PAUSE hook at POST_TEST_TRAFFIC_SHIFT: TIMED_OUT"]
    );
}

fn build(second: i64, kind: &str, mut detail: Value) -> Event {
    let fields = detail.as_object_mut().unwrap();
    fields.insert("project-name".to_owned(), json!("shop"));
    fields.insert(
        "build-id".to_owned(),
        json!("arn:aws:codebuild:eu-west-1:1:build/shop:1-2"),
    );
    let more = json!({"build-number": "7", "initiator": "Ann", "logs":
        {"deep-link": "https://console.aws.amazon.com/cloudwatch/home#logEvent:group=null;stream=null"}});
    fields.insert("additional-information".to_owned(), more);
    event(second, kind, detail)
}

#[test]
fn a_build_by_itself() {
    let mut events = vec![build(
        0,
        "build",
        json!({"build-status": "IN_PROGRESS", "current-phase": "SUBMITTED"}),
    )];
    let told = story(&events);
    assert_eq!((told.source, told.name.as_str()), (Source::Build, "shop"));
    assert_eq!(told.run.as_deref(), Some("7"));
    assert_eq!(
        told.trigger.as_ref().unwrap().author.as_deref(),
        Some("Ann")
    );
    // The log has no page yet.
    let links: Vec<&str> = told.links.iter().map(|link| link.text.as_str()).collect();
    assert_eq!(links, ["Build"]);
    events.push(build(
        9,
        "phase",
        json!({"build-status": "IN_PROGRESS",
        "completed-phase": "INSTALL", "completed-phase-status": "SUCCEEDED"}),
    ));
    assert_eq!(running(&story(&events)), ["PRE_BUILD"]);
    events.push(build(
        60,
        "build",
        json!({"build-status": "SUCCEEDED", "current-phase": "COMPLETED"}),
    ));
    let told = story(&events);
    assert_eq!(
        (told.phase, told.severity),
        (Phase::Succeeded, Severity::Info)
    );
    assert_eq!(told.lasted().unwrap().as_secs(), 60);
    assert!(told.running.is_empty());
}

#[test]
fn the_phase_of_an_actions_build() {
    let result = json!({"external-execution-id": "shop:1-2"});
    let events = [
        action(0, "Build/Test", ("CodeBuild", "STARTED"), result),
        build(
            9,
            "phase",
            json!({"build-status": "IN_PROGRESS",
            "completed-phase": "PRE_BUILD", "completed-phase-status": "SUCCEEDED"}),
        ),
    ];
    let told = story(&events);
    assert_eq!(running(&told), ["Build > Test > BUILD"]);
    let url = told.stages[0].steps[0].url.as_deref().unwrap();
    assert!(url.contains("/projects/shop/build/shop:1-2"), "{url}");
    assert_eq!((told.phase, told.word.as_str()), (Phase::Running, ""));
}

fn tool(second: i64, state: &str, more: Value) -> Event {
    let mut detail = json!({"tool": "jenkins", "subject": "shop-tests", "run": "42", "state": state,
        "url": "http://jenkins.local/job/42", "commit": "abcdef1", "author": "Ann"});
    for (name, value) in more.as_object().unwrap() {
        detail[name] = value.clone();
    }
    event(second, "tool", detail)
}

#[test]
fn a_run_of_a_tool() {
    let mut events = vec![
        tool(0, "running", json!({})),
        tool(1, "running", json!({"step": "unit"})),
        tool(9, "succeeded", json!({"step": "unit"})),
        tool(9, "running", json!({"step": "browser"})),
    ];
    let told = story(&events);
    assert_eq!(
        (told.source, told.name.as_str()),
        (Source::Tool, "shop-tests")
    );
    assert_eq!(
        (told.run.as_deref(), told.phase),
        (Some("42"), Phase::Running)
    );
    assert_eq!(outline(&told), ["unit 1:Succeeded 8s", "browser 1:Running"]);
    assert_eq!(running(&told), ["browser"]);
    assert_eq!(told.links[0].url, "http://jenkins.local/job/42");
    let trigger = told.trigger.unwrap();
    assert_eq!(
        (trigger.author.as_deref(), trigger.commit.as_deref()),
        (Some("Ann"), Some("abcdef1"))
    );
    events.push(tool(20, "failed", json!({"message": "3 tests failed"})));
    let told = story(&events);
    assert_eq!(
        (told.phase, told.severity),
        (Phase::Failed, Severity::Error)
    );
    assert_eq!(
        outline(&told),
        ["unit 1:Succeeded 8s", "browser 1:Stopped 11s"]
    );
    assert_eq!(told.failures[0].why.as_deref(), Some("3 tests failed"));
    assert_eq!(told.notes, ["3 tests failed"]);
    events.push(tool(
        30,
        "succeeded",
        json!({"attempt": 2, "message": "all is well"}),
    ));
    let told = story(&events);
    assert_eq!(
        (told.phase, told.attempt, told.severity),
        (Phase::Succeeded, 2, Severity::Info)
    );
    assert!(told.failures[0].mended);
    assert_eq!(
        told.failures[0].why, None,
        "the words are the second attempt's"
    );
}

#[test]
fn a_tool_on_the_card_of_its_execution() {
    let more = json!({"pipeline": "shop", "execution": "e", "message": "slow"});
    let told = story(&[
        tool(0, "failed", more),
        of_pipeline(0, "pipeline", json!({"state": "STARTED"})),
    ]);
    assert_eq!(
        (told.source, told.severity),
        (Source::Pipeline, Severity::Error)
    );
    assert_eq!(told.notes, ["jenkins shop-tests: slow"]);
    assert_eq!(told.failures[0].place, ["jenkins", "shop-tests"]);
    assert!(told.stages.is_empty());
}

#[test]
fn a_scan_of_an_image() {
    let scan = |status: &str, counts: Value| {
        event(
            3,
            "scan",
            json!({"repository-name": "team/shop", "image-digest": "sha256:1",
            "image-tags": ["v1", "latest"], "scan-status": status, "finding-severity-counts": counts}),
        )
    };
    for (status, counts, severity, note) in [
        ("COMPLETE", json!({}), Severity::Info, "scan: no findings"),
        (
            "COMPLETE",
            json!({"LOW": 3.0}),
            Severity::Info,
            "scan: 3 LOW",
        ),
        (
            "COMPLETE",
            json!({"HIGH": 1, "LOW": 2}),
            Severity::Warning,
            "scan: 1 HIGH, 2 LOW",
        ),
        (
            "COMPLETE",
            json!({"MEDIUM": 1, "CRITICAL": 2}),
            Severity::Error,
            "scan: 2 CRITICAL, 1 MEDIUM",
        ),
        ("FAILED", json!({}), Severity::Error, "scan: no findings"),
    ] {
        let told = story(&[scan(status, counts)]);
        assert_eq!(
            (told.source, told.name.as_str()),
            (Source::Image, "team/shop")
        );
        assert_eq!(told.severity, severity, "{note}");
        assert_eq!(told.notes.first().unwrap(), "tags: latest, v1");
        assert_eq!(told.notes.last().unwrap(), note);
        let page = "https://eu-west-1.console.aws.amazon.com/ecr/repositories/private/123456789012/team/shop?region=eu-west-1";
        assert_eq!(told.links[0].url, page);
    }
}

#[test]
fn what_is_only_told() {
    let unknown = event(1, "Backup Job State Change", json!({"a": "b"}));
    let told = story(&[unknown]);
    assert_eq!(
        (told.source, told.name.as_str()),
        (Source::Other, "aws.backup")
    );
    assert_eq!(
        (told.phase, told.severity),
        (Phase::Unknown, Severity::Warning)
    );
    assert!(told.notes[0].starts_with("Backup Job State Change"));

    let moved = json!({"id": "1", "source": "aws.codecommit", "account": "1", "region": "cn-north-1",
        "detail-type": "CodeCommit Repository State Change", "detail": {"repositoryName": "shop",
        "event": "referenceUpdated", "referenceName": "main", "referenceType": "branch"}});
    let told = stories(&read(&moved).unwrap()).remove(0);
    assert_eq!(
        (told.source, told.name.as_str()),
        (Source::Repository, "shop")
    );
    assert_eq!(told.severity, Severity::Info);
    let page = "https://cn-north-1.console.amazonaws.cn/codesuite/codecommit/repositories/shop/browse?region=cn-north-1";
    assert_eq!(told.links[0].url, page);

    for (kind, severity) in [
        ("INFO", Severity::Info),
        ("WARN", Severity::Warning),
        ("ERROR", Severity::Error),
    ] {
        let detail = json!({"eventType": kind, "eventName": "SERVICE_STEADY_STATE"});
        let told = story(&[event(1, "service", detail)]);
        assert_eq!((told.source, told.name.as_str()), (Source::Ecs, "shop"));
        assert_eq!(told.severity, severity);
        assert_eq!(told.applications, ["shop"]);
    }
}

#[test]
fn a_word_that_nobody_knows() {
    let told = story(&[of_pipeline(1, "pipeline", json!({"state": "PONDERING"}))]);
    assert_eq!(
        (told.phase, told.word.as_str()),
        (Phase::Unknown, "PONDERING")
    );
    assert_eq!(told.severity, Severity::Warning);
}
