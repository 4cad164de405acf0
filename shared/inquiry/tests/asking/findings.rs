use board::Inquire;
use card::{Action, ActionRun, Build, Card, Stage};
use diagnosis::{Origin, diagnose};
use events::ExecutionId;
use serde_json::{Value, json};
use story::{Finding, Subject};

use crate::fake::{Fake, Reply};

/// 2026-01-02T10:00:00Z, in seconds.
pub(crate) const START: i64 = 1_767_348_000;

pub(crate) fn execution() -> ExecutionId {
    ExecutionId {
        pipeline: "shop".to_owned(),
        execution: "e-1".to_owned(),
    }
}

/// A card of an execution with the attempts at one action, by their ids.
pub(crate) fn with_action(provider: &str, ids: &[Option<&str>]) -> Card {
    let runs = ids.iter().zip(1..).map(|(id, attempt)| {
        let run = ActionRun {
            id: id.map(str::to_owned),
            ..ActionRun::default()
        };
        (attempt, run)
    });
    let action = Action {
        runs: runs.collect(),
        provider: Some(provider.to_owned()),
        ..Action::default()
    };
    let stage = Stage {
        actions: [("Act".to_owned(), action)].into(),
        ..Stage::default()
    };
    Card {
        execution: Some(execution()),
        stages: [("Deploy".to_owned(), stage)].into(),
        ..Card::default()
    }
}

pub(crate) fn action(id: &str, status: &str, result: &Value) -> Value {
    json!({
        "pipelineExecutionId": "e-1", "actionExecutionId": id,
        "stageName": "Deploy", "actionName": "Act", "status": status,
        "startTime": START, "input": {"actionTypeId": {
            "category": "Deploy", "owner": "AWS", "provider": "CodeDeployToECS", "version": "1",
        }},
        "output": {"executionResult": result},
    })
}

fn attempt(attempt: u64) -> Subject {
    Subject::Action("Deploy".to_owned(), "Act".to_owned(), attempt)
}

pub(crate) fn texts(finding: &Finding) -> Vec<(Origin, &str)> {
    let texts = finding.texts.iter();
    texts
        .map(|text| (text.origin, text.text.as_str()))
        .collect()
}

pub(crate) fn failures(finding: &Finding) -> Vec<&'static str> {
    let found = diagnose(&finding.texts).into_iter();
    found.map(|diagnosis| diagnosis.failure.name).collect()
}

#[tokio::test]
async fn an_action_tells_its_summary_and_its_error() {
    let second = action(
        "a-2",
        "Failed",
        &json!({
            "externalExecutionId": "d-2",
            "externalExecutionSummary": "Deployment d-2 failed",
            "errorDetails": {"code": "JobFailed", "message": "TaskDefinition is inactive"},
        }),
    );
    let first = action(
        "a-1",
        "Failed",
        &json!({"externalExecutionSummary": "the first one"}),
    );
    let fake = Fake::of([(
        "ListActionExecutions",
        Reply::Json(json!({"actionExecutionDetails": [second, first]})),
    )]);
    let inquiry = fake.inquiry().await;
    let known = with_action("CodeDeployToECS", &[Some("a-1"), Some("a-2")]);
    let finding = inquiry.finding(&known, &attempt(2)).await;
    let expected = [
        (Origin::Action, "JobFailed: TaskDefinition is inactive"),
        (Origin::Action, "Deployment d-2 failed"),
    ];
    assert_eq!(texts(&finding), expected);
    assert_eq!(failures(&finding), ["task-definition-inactive"]);
    assert_eq!(finding.missing, [""; 0]);
    let asked = json!({
        "pipelineName": "shop", "maxResults": 100, "filter": {"pipelineExecutionId": "e-1"},
    });
    assert_eq!(fake.input("ListActionExecutions"), asked);
    // By its id, or by what is left when the others are known.
    for ids in [[Some("a-1"), Some("a-2")], [None, Some("a-2")]] {
        let known = with_action("CodeDeployToECS", &ids);
        let finding = inquiry.finding(&known, &attempt(1)).await;
        assert_eq!(texts(&finding), [(Origin::Action, "the first one")]);
    }
    // The latest attempt is the latest one, and an earlier one may be any.
    let known = with_action("CodeDeployToECS", &[None, None]);
    assert_eq!(inquiry.finding(&known, &attempt(2)).await.texts.len(), 2);
    let finding = inquiry.finding(&known, &attempt(1)).await;
    assert_eq!(finding.texts, []);
    assert_eq!(
        finding.missing,
        ["codepipeline:ListActionExecutions: it does not show Act of Deploy"]
    );
}

#[tokio::test]
async fn an_action_is_found_on_a_later_page_and_has_a_log() {
    let arn = "arn:aws:logs:eu-west-1:1:log-group:/aws/codepipeline/shop:log-stream:s-1";
    let fake = Fake::by(move |operation, input| match operation {
        "ListActionExecutions" if input["nextToken"].is_null() => Reply::Json(json!({
            "actionExecutionDetails": [action("other", "Failed", &json!({}))], "nextToken": "more",
        })),
        "ListActionExecutions" => {
            let result = json!({"logStreamARN": arn, "externalExecutionSummary": ""});
            let details = [action("a-1", "Failed", &result)];
            Reply::Json(json!({"actionExecutionDetails": details, "nextToken": "and more"}))
        }
        "GetLogEvents" => Reply::Json(json!({"events": [{"message": "exec format error\n"}]})),
        _ => Reply::Refuse("AccessDeniedException"),
    });
    let inquiry = fake.inquiry().await;
    let known = with_action("Commands", &[Some("a-1")]);
    let finding = inquiry.finding(&known, &attempt(1)).await;
    assert_eq!(finding.log, ["exec format error"]);
    assert_eq!(failures(&finding), ["exec-format"]);
    let asked = [
        "ListActionExecutions",
        "ListActionExecutions",
        "GetLogEvents",
    ];
    assert_eq!(fake.operations(), asked);
    assert_eq!(
        fake.input("GetLogEvents")["logGroupName"],
        "/aws/codepipeline/shop"
    );
}

#[tokio::test]
async fn who_rejected_is_told() {
    let mut asked = action(
        "a-1",
        "Failed",
        &json!({"externalExecutionSummary": "not today"}),
    );
    asked["input"]["actionTypeId"]["category"] = json!("Approval");
    asked["updatedBy"] = json!("arn:aws:sts::123456789012:assumed-role/dev/anna");
    let fake = Fake::of([(
        "ListActionExecutions",
        Reply::Json(json!({"actionExecutionDetails": [asked]})),
    )]);
    let known = with_action("Manual", &[Some("a-1")]);
    let finding = fake.inquiry().await.finding(&known, &attempt(1)).await;
    let expected = [
        (Origin::Action, "rejected by dev/anna"),
        (Origin::Action, "not today"),
    ];
    assert_eq!(texts(&finding), expected);
    assert_eq!(failures(&finding), ["approval-rejected"]);
}

fn build() -> Value {
    json!({"builds": [{
        "id": "shop:1", "buildStatus": "FAILED", "buildComplete": true,
        "phases": [
            {"phaseType": "PRE_BUILD", "phaseStatus": "SUCCEEDED",
             "contexts": [{"statusCode": "", "message": ""}]},
            {"phaseType": "BUILD", "phaseStatus": "FAILED", "contexts": [{
                "statusCode": "COMMAND_EXECUTION_ERROR",
                "message": "Error while executing command: docker build . Reason: exit status 1",
            }]},
            {"phaseType": "POST_BUILD", "phaseStatus": "FAILED", "contexts": []},
            {"phaseType": "COMPLETED"},
        ],
        "environment": {"type": "LINUX_CONTAINER", "image": "i", "computeType": "BUILD_GENERAL1_SMALL",
            "environmentVariables": [{"name": "A", "value": "hunter2x9"}]},
        "logs": {"groupName": "/aws/codebuild/shop", "streamName": "1"},
    }]})
}

fn log() -> Value {
    json!({"events": [
        {"timestamp": 1, "message": "[Container] 2026/01/02 10:00:02 Entering phase BUILD\n"},
        {"timestamp": 2, "message": "\u{1b}[31mCannot connect to the Docker daemon\u{1b}[0m\n\n"},
    ]})
}

#[tokio::test]
async fn a_build_tells_its_phases_and_the_end_of_its_log() {
    let fake = Fake::of([
        ("BatchGetBuilds", Reply::Json(build())),
        ("GetLogEvents", Reply::Json(log())),
    ]);
    let inquiry = fake.inquiry().await;
    let subject = Subject::Build("shop:1".to_owned());
    let finding = inquiry.finding(&Card::default(), &subject).await;
    assert_eq!(finding.missing, [""; 0]);
    assert_eq!(finding.failed_at.as_deref(), Some("BUILD"));
    assert_eq!(finding.log, ["Cannot connect to the Docker daemon"]);
    assert_eq!(finding.missing, [""; 0]);
    assert_eq!(
        failures(&finding),
        ["docker-not-privileged", "build-command"]
    );
    assert_eq!(fake.operations(), ["BatchGetBuilds", "GetLogEvents"]);
    let asked = fake.input("GetLogEvents");
    assert_eq!(
        (&asked["startFromHead"], &asked["limit"]),
        (&json!(false), &json!(200))
    );
    // A log whose place the card knows is not asked for twice.
    let known = Build {
        log: Some(("/aws/codebuild/shop".to_owned(), "1".to_owned())),
        ..Build::default()
    };
    let card = Card {
        builds: [("shop:1".to_owned(), known)].into(),
        ..Card::default()
    };
    assert_eq!(inquiry.finding(&card, &subject).await, finding);
    assert_eq!(fake.operations().len(), 4);
}

#[tokio::test]
async fn an_empty_page_of_a_log_is_not_its_end() {
    let fake = Fake::by(|operation, input| match operation {
        "BatchGetBuilds" => Reply::Json(build()),
        _ if input["nextToken"].is_null() => {
            Reply::Json(json!({"events": [], "nextBackwardToken": "b"}))
        }
        _ => Reply::Json(log()),
    });
    let subject = Subject::Build("shop:1".to_owned());
    let finding = fake
        .inquiry()
        .await
        .finding(&Card::default(), &subject)
        .await;
    assert_eq!(finding.log.len(), 1);
    let fake = Fake::of([(
        "BatchGetBuilds",
        Reply::Json(json!({"builds": [], "buildsNotFound": ["shop:1"]})),
    )]);
    let finding = fake
        .inquiry()
        .await
        .finding(&Card::default(), &subject)
        .await;
    assert_eq!(finding.missing, ["codebuild:BatchGetBuilds: no such build"]);
}
