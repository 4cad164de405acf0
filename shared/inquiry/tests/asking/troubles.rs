use std::time::Duration;

use board::Inquire;
use card::{Card, EcsDeployment, Key};
use events::ServiceName;
use greenlight_inquiry::Limits;
use serde_json::{Value, json};
use story::{Finding, Subject};

use crate::{
    fake::{Fake, Reply, inquiry},
    findings::{action, with_action},
};

/// A card, and everything on it that can be asked about.
fn everything() -> (Card, Vec<Subject>) {
    let mut card = with_action("CodeDeployToECS", &[Some("a-1")]);
    let service = EcsDeployment {
        service: Some(ServiceName {
            cluster: Some("prod".to_owned()),
            service: "shop".to_owned(),
        }),
        rolled_back: true,
        ..EcsDeployment::default()
    };
    card.ecs_deployments.insert("ecs-svc/1".to_owned(), service);
    let subjects = vec![
        Subject::Action("Deploy".to_owned(), "Act".to_owned(), 1),
        Subject::Build("shop:1".to_owned()),
        Subject::Deployment("d-1".to_owned()),
        Subject::EcsDeployment("ecs-svc/1".to_owned()),
    ];
    (card, subjects)
}

async fn ask(fake: &Fake, limits: Option<Limits>) -> Vec<Finding> {
    let (card, subjects) = everything();
    let inquiry = match limits {
        Some(limits) => fake.within(limits).await,
        None => fake.inquiry().await,
    };
    let mut findings = Vec::new();
    for subject in &subjects {
        findings.push(inquiry.finding(&card, subject).await);
    }
    findings
}

fn missing(findings: &[Finding]) -> Vec<&str> {
    findings
        .iter()
        .flat_map(|f| f.missing.iter().map(String::as_str))
        .collect()
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    let findings = ask(&Fake::of([]), None).await;
    let expected: Vec<String> = [
        "codepipeline:ListActionExecutions",
        "codebuild:BatchGetBuilds",
        "codedeploy:GetDeployment",
        "codedeploy:ListDeploymentTargets",
        "ecs:DescribeServices",
        "ecs:ListTasks",
    ]
    .map(|action| format!("{action} is not allowed: add it to the function's role"))
    .into();
    assert_eq!(missing(&findings), expected);
    assert!(findings.iter().all(|finding| finding.texts.is_empty()));
}

#[tokio::test]
async fn one_detail_that_is_missing_costs_no_other() {
    let build = json!({"builds": [{
        "phases": [{"phaseType": "BUILD", "phaseStatus": "FAILED",
            "contexts": [{"statusCode": "YAML_FILE_ERROR", "message": "wrong"}]}],
        "logs": {"groupName": "g", "streamName": "s"},
    }]});
    for reply in [
        Reply::Refuse("AccessDeniedException"),
        Reply::Raw("{"),
        Reply::Hang,
    ] {
        let fake = Fake::of([
            ("BatchGetBuilds", Reply::Json(build.clone())),
            ("GetLogEvents", reply),
        ]);
        let limits = Limits {
            attempt: Duration::from_millis(200),
            whole: Duration::from_secs(2),
        };
        let inquiry = fake.within(limits).await;
        let subject = Subject::Build("shop:1".to_owned());
        let finding = inquiry.finding(&Card::default(), &subject).await;
        assert_eq!(finding.texts[0].text, "YAML_FILE_ERROR: wrong");
        assert_eq!(finding.missing.len(), 1);
        assert!(finding.missing[0].starts_with("logs:GetLogEvents"));
    }
}

#[tokio::test]
async fn throttling_is_tried_again_and_then_told() {
    let fake = Fake::by(|_, _| Reply::Refuse("ThrottlingException"));
    let inquiry = fake.inquiry().await;
    let subject = Subject::Build("shop:1".to_owned());
    let finding = inquiry.finding(&Card::default(), &subject).await;
    assert_eq!(
        finding.missing,
        [
            "codebuild:BatchGetBuilds: AWS takes no more of these calls for now (ThrottlingException)"
        ]
    );
    assert_eq!(fake.operations().len(), 2);
}

#[tokio::test]
async fn a_call_that_hangs_is_tried_twice_and_then_left() {
    let fake = Fake::by(|_, _| Reply::Hang);
    let limits = Limits {
        attempt: Duration::from_millis(50),
        whole: Duration::from_secs(60),
    };
    let inquiry = fake.within(limits).await;
    let subject = Subject::Build("shop:1".to_owned());
    let finding = inquiry.finding(&Card::default(), &subject).await;
    assert_eq!(
        finding.missing,
        ["codebuild:BatchGetBuilds: no answer in 50ms"]
    );
    assert_eq!(fake.operations().len(), 2);
    let limits = Limits {
        attempt: Duration::from_secs(60),
        whole: Duration::from_millis(50),
    };
    let findings = ask(&fake, Some(limits)).await;
    assert!(missing(&findings).contains(&"codebuild:BatchGetBuilds: no time was left for it"));
    let inquiry = fake.within(limits).await;
    let (card, _) = everything();
    assert_eq!(
        inquiry
            .parent(&Key::Deployment("d-1".to_owned()), &card)
            .await,
        None
    );
    assert_eq!(inquiry.works(&card).await, []);
}

#[tokio::test]
async fn nobody_there_is_told() {
    // A port that nobody listens at any more.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let inquiry = inquiry(url, Limits::default());
    let subject = Subject::Build("shop:1".to_owned());
    let finding = inquiry.finding(&Card::default(), &subject).await;
    assert!(finding.missing[0].starts_with("codebuild:BatchGetBuilds: no connection"));
}

#[tokio::test]
async fn what_is_no_answer_is_told_and_nothing_panics() {
    for body in ["", "{", "[]", "null", "<html>", "{\"builds\": 7}"] {
        let findings = ask(&Fake::by(move |_, _| Reply::Raw(body)), None).await;
        for finding in &findings {
            assert!(finding.texts.is_empty(), "{body}");
            assert!(
                finding.missing.iter().all(|line| line.len() <= 300),
                "{body}"
            );
        }
        assert!(!missing(&findings).is_empty(), "{body}");
    }
    // Answers without anything in them.
    let findings = ask(&Fake::by(|_, _| Reply::Raw("{}")), None).await;
    assert!(findings.iter().all(|finding| finding.texts.is_empty()));
}

/// Every text of these answers is this one.
fn answer(operation: &str, text: &str) -> Value {
    let at = 1_767_348_000;
    match operation {
        "ListActionExecutions" => {
            let mut told = action(
                "a-1",
                "Failed",
                &json!({
                    "externalExecutionId": text, "externalExecutionSummary": text,
                    "errorDetails": {"code": text, "message": text},
                    "logStreamARN": "arn:aws:logs:r:1:log-group:g:log-stream:s",
                }),
            );
            told["input"]["actionTypeId"]["category"] = json!("Approval");
            told["updatedBy"] = json!(format!("arn:aws:iam::1:user/{text}"));
            json!({"actionExecutionDetails": [told]})
        }
        "BatchGetBuilds" => json!({"builds": [{
            "phases": [{"phaseType": text, "phaseStatus": "FAILED",
                "contexts": [{"statusCode": text, "message": text}]}],
            "logs": {"groupName": "g", "streamName": "s"},
        }]}),
        "GetLogEvents" => {
            let lines: Vec<Value> = (0..199)
                .map(|n| json!({"message": format!("{n} {text}\n")}))
                .collect();
            json!({"events": lines})
        }
        "GetDeployment" => json!({"deploymentInfo": {
            "computePlatform": "ECS", "createTime": at,
            "errorInformation": {"code": text, "message": text},
            "rollbackInfo": {"rollbackDeploymentId": text, "rollbackMessage": text},
            "revision": {"revisionType": "String", "string": {
                "content": format!("{{\"TaskDefinition\": \"arn:aws:ecs:r:1:task-definition/{text}\"}}")}},
        }}),
        "ListDeploymentTargets" => json!({"targetIds": ["prod:shop"]}),
        "BatchGetDeploymentTargets" => {
            let event = json!({"lifecycleEventName": text, "status": "Failed", "diagnostics": {
                "errorCode": text, "scriptName": text, "message": text, "logTail": format!("{text}\n{text}"),
            }});
            let one =
                json!({"ecsTarget": {"targetId": "prod:shop", "lifecycleEvents": vec![event; 30]}});
            json!({"deploymentTargets": [one]})
        }
        "DescribeServices" => {
            let event = |n: i64| json!({"createdAt": at + n, "message": format!("{n} {text}")});
            json!({"services": [{
                "taskSets": [{"externalId": "d-0", "status": "PRIMARY", "taskDefinition": text}],
                "deployments": [
                    {"id": "ecs-svc/1", "status": "ACTIVE", "taskDefinition": text, "rolloutStateReason": text},
                    {"id": text, "status": "PRIMARY", "taskDefinition": format!("{text}2")},
                ],
                "events": (0..100).map(event).collect::<Vec<_>>(),
            }]})
        }
        "ListTasks" => json!({"taskArns": ["t"]}),
        _ => {
            let task = |n: i64| {
                json!({
                    "startedBy": "ecs-svc/1", "createdAt": at + n, "stopCode": text,
                    "stoppedReason": format!("{n} {text}"), "taskDefinitionArn": text,
                    "containers": [{"name": text, "exitCode": 1, "reason": text}],
                })
            };
            json!({"tasks": (0..100).map(task).collect::<Vec<_>>()})
        }
    }
}

#[tokio::test]
async fn no_secret_and_no_flood_gets_into_a_finding() {
    let key = format!("AKIA{}", "IOSFODNN7EXAMPLE");
    let token = format!("ghp_{}", "z1".repeat(20));
    for text in [
        format!("a password=hunter2x9 {key}, {token} https://me:hunter2x9@host/"),
        format!("{}password=hunter2x9 {token}", "word ".repeat(1000)),
        format!("error \u{1b}[1mpass\u{1b}[0mword=hunter2x9 {token}\u{0}\u{7}"),
        format!("{}{token}", "\"\\é".repeat(900)),
        "\u{0}\u{1}".repeat(2000),
    ] {
        let given = text.clone();
        let fake = Fake::by(move |operation, _| Reply::Json(answer(operation, &given)));
        for finding in ask(&fake, None).await {
            let kept = serde_json::to_string(&finding).unwrap();
            assert!(kept.len() < 100_000, "{} bytes", kept.len());
            for secret in ["hunter2", &key, "ghp_", "z1z1", "\\u001b"] {
                assert!(!kept.contains(secret), "{secret} in {kept}");
            }
        }
    }
    // And what is refused says why, in words of AWS.
    let fake = Fake::by(|_, _| Reply::Refuse("InvalidInputException"));
    let findings = ask(&fake, None).await;
    assert!(missing(&findings)[0].contains("InvalidInputException: User: arn:aws"));
    assert!(!missing(&findings).concat().contains("hunter2"));
}
