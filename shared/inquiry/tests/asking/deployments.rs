use board::Inquire;
use card::{Card, Deployment, EcsDeployment, Run, Said};
use diagnosis::Origin;
use events::{Moment, ServiceName};
use serde_json::{Value, json};
use story::{Rollback, Subject};

use crate::{
    fake::{Fake, Reply},
    findings::{START, failures, texts},
};

const DEFINITION: &str = "arn:aws:ecs:eu-west-1:1:task-definition/shop";

/// A deployment to ECS that a hook refused, and its service, with the deployment's
/// task set or without it.
fn to_ecs(sets: Value) -> Vec<(&'static str, Reply)> {
    let appspec = format!(
        "Resources:\n - TargetService:\n     Properties:\n       TaskDefinition: \"{DEFINITION}:43\"\n"
    );
    let info = json!({"deploymentInfo": {
        "deploymentId": "d-1", "computePlatform": "ECS", "status": "Failed", "createTime": START,
        "errorInformation": {"code": "HOOK_EXECUTION_FAILURE",
            "message": "one or more of the lifecycle event validation functions failed"},
        "rollbackInfo": {"rollbackDeploymentId": "d-2", "rollbackMessage": "is rolled back"},
        "revision": {"revisionType": "AppSpecContent", "appSpecContent": {"content": appspec}},
    }});
    let targets = json!({"deploymentTargets": [{"deploymentTargetType": "ECSTarget", "ecsTarget": {
        "deploymentId": "d-1", "targetId": "prod:shop", "status": "Failed", "lifecycleEvents": [
            {"lifecycleEventName": "BeforeInstall", "status": "Succeeded",
             "diagnostics": {"errorCode": "Success", "message": "fine"}},
            {"lifecycleEventName": "AfterAllowTestTraffic", "status": "Failed",
             "diagnostics": {"errorCode": "UnknownError", "message": "validation failed"}},
            {"lifecycleEventName": "AllowTraffic", "status": "Skipped"},
        ],
    }}]});
    let service = json!({"services": [{
        "serviceName": "shop", "taskSets": sets, "events": [
            {"createdAt": START + 60, "message": "(service shop) is unable to consistently start tasks successfully."},
            {"createdAt": START + 50, "message": "(service shop) has started 1 tasks: (task 1)."},
            {"createdAt": START - 60, "message": "(service shop) was unable to place a task long ago."},
        ],
    }], "failures": []});
    let tasks = json!({"tasks": [
        {"taskArn": "t-1", "startedBy": "ecs-svc/43", "taskDefinitionArn": format!("{DEFINITION}:43"),
         "createdAt": START + 10, "stoppedAt": START + 20, "stopCode": "EssentialContainerExited",
         "stoppedReason": "Essential container in task exited",
         "containers": [{"name": "web", "exitCode": 137,
            "reason": "OutOfMemoryError: Container killed due to memory usage"},
            {"name": "sidecar", "exitCode": 0}]},
        {"taskArn": "t-2", "startedBy": "ecs-svc/42", "taskDefinitionArn": format!("{DEFINITION}:42"),
         "createdAt": START - 9000, "stoppedAt": START + 30, "stoppedReason": "of the earlier version"},
        {"taskArn": "t-3", "startedBy": "ecs-svc/43", "taskDefinitionArn": format!("{DEFINITION}:43"),
         "createdAt": START + 10, "stoppedAt": START + 40,
         "stoppedReason": "Scaling activity initiated by (deployment ecs-svc/43)"},
    ], "failures": []});
    vec![
        ("GetDeployment", Reply::Json(info)),
        (
            "ListDeploymentTargets",
            Reply::Json(json!({"targetIds": ["prod:shop"]})),
        ),
        ("BatchGetDeploymentTargets", Reply::Json(targets)),
        ("DescribeServices", Reply::Json(service)),
        (
            "ListTasks",
            Reply::Json(json!({"taskArns": ["t-1", "t-2", "t-3"]})),
        ),
        ("DescribeTasks", Reply::Json(tasks)),
    ]
}

fn set(id: u32, status: &str, external: &str) -> Value {
    json!({
        "id": format!("ecs-svc/{id}"), "status": status, "externalId": external,
        "taskDefinition": format!("{DEFINITION}:{id}"),
    })
}

fn deployment() -> Subject {
    Subject::Deployment("d-1".to_owned())
}

#[tokio::test]
async fn a_deployment_to_ecs_tells_all_that_its_service_knows() {
    let blue = set(42, "PRIMARY", "d-0");
    for sets in [json!([blue, set(43, "ACTIVE", "d-1")]), json!([blue])] {
        let fake = Fake::of(to_ecs(sets));
        let finding = fake
            .inquiry()
            .await
            .finding(&Card::default(), &deployment())
            .await;
        let expected = [
            (
                Origin::Deployment,
                "HOOK_EXECUTION_FAILURE: one or more of the lifecycle event validation functions failed",
            ),
            (
                Origin::LifecycleEvent,
                "AfterAllowTestTraffic: UnknownError: validation failed",
            ),
            (
                Origin::Task,
                "EssentialContainerExited: Essential container in task exited; container web: exit code 137, OutOfMemoryError: Container killed due to memory usage",
            ),
            (
                Origin::Service,
                "(service shop) is unable to consistently start tasks successfully.",
            ),
        ];
        assert_eq!(texts(&finding), expected);
        assert_eq!(failures(&finding)[0], "out-of-memory");
        assert_eq!(finding.failed_at.as_deref(), Some("AfterAllowTestTraffic"));
        assert_eq!(finding.missing, [""; 0]);
        let rollback = Rollback {
            failed: Some("shop:43".to_owned()),
            serves: Some("shop:42".to_owned()),
            deployment: Some("d-2".to_owned()),
            message: Some("is rolled back".to_owned()),
        };
        assert_eq!(finding.rollback, Some(rollback));
        let asked = fake.input("ListTasks");
        let expected = json!({
            "cluster": "prod", "serviceName": "shop", "desiredStatus": "STOPPED", "maxResults": 100,
        });
        assert_eq!(asked, expected);
    }
}

#[tokio::test]
async fn a_rollback_that_is_under_way_does_not_name_what_serves() {
    let sets = json!([set(42, "ACTIVE", "d-0"), set(43, "PRIMARY", "d-1")]);
    let fake = Fake::of(to_ecs(sets));
    let finding = fake
        .inquiry()
        .await
        .finding(&Card::default(), &deployment())
        .await;
    let rollback = finding.rollback.unwrap();
    assert_eq!(rollback.failed.as_deref(), Some("shop:43"));
    assert_eq!(rollback.serves, None);
    assert!(
        finding.missing[0].contains("under way"),
        "{:?}",
        finding.missing
    );
}

#[tokio::test]
async fn without_the_deployment_its_target_tells_where_it_goes() {
    let mut table = to_ecs(json!([set(42, "PRIMARY", "d-0"), set(43, "ACTIVE", "d-1")]));
    table.remove(0);
    let known = Deployment {
        run: Run {
            started: card::Earliest(Some(Moment(START * 1000))),
            ..Run::default()
        },
        ..Deployment::default()
    };
    let card = Card {
        deployments: [("d-1".to_owned(), known)].into(),
        ..Card::default()
    };
    let finding = Fake::of(table)
        .inquiry()
        .await
        .finding(&card, &deployment())
        .await;
    assert_eq!(
        finding.missing,
        ["codedeploy:GetDeployment is not allowed: add it to the function's role"]
    );
    assert_eq!(finding.texts.len(), 3);
    assert_eq!(finding.rollback, None);
}

#[tokio::test]
async fn what_failed_before_it_began_has_no_targets() {
    let mut table = to_ecs(json!([]));
    table.truncate(1);
    table.push((
        "ListDeploymentTargets",
        Reply::Refuse("DeploymentNotStartedException"),
    ));
    let fake = Fake::of(table);
    let inquiry = fake.inquiry().await;
    let finding = inquiry.finding(&Card::default(), &deployment()).await;
    assert_eq!(finding.missing, [""; 0]);
    assert_eq!(finding.texts.len(), 1);
    assert_eq!(finding.rollback.unwrap().failed.as_deref(), Some("shop:43"));
    assert_eq!(fake.operations().len(), 2);
}

#[tokio::test]
async fn of_many_instances_the_failed_ones_are_looked_at() {
    let fake = Fake::by(|operation, input| match operation {
        "GetDeployment" => Reply::Json(json!({"deploymentInfo": {
            "computePlatform": "Server",
            "errorInformation": {"code": "HEALTH_CONSTRAINTS", "message": "too many failed"},
            "rollbackInfo": {"rollbackDeploymentId": "d-2"},
            "revision": {"revisionType": "GitHub", "gitHubLocation": {"repository": "a/b", "commitId": "c0ffee"}},
            "previousRevision": {"revisionType": "S3", "s3Location": {"bucket": "b", "key": "shop/1.zip"}},
        }})),
        "ListDeploymentTargets" if input["targetFilters"].is_object() => {
            assert_eq!(input["targetFilters"], json!({"TargetStatus": ["Failed"]}));
            Reply::Json(json!({"targetIds": ["i-98", "i-99"]}))
        }
        "ListDeploymentTargets" => {
            let ids: Vec<String> = (0..100).map(|n| format!("i-{n}")).collect();
            Reply::Json(json!({"targetIds": ids}))
        }
        _ => {
            let target = |id: &Value| {
                json!({
                    "deploymentTargetType": "InstanceTarget", "instanceTarget": {
                        "targetId": id, "status": "Failed", "lifecycleEvents": [{
                            "lifecycleEventName": "ApplicationStart", "status": "Failed",
                            "diagnostics": {
                                "errorCode": "ScriptFailed", "scriptName": "start.sh",
                                "message": "Script at specified location failed",
                                "logTail": "[stderr]java: not found\n[stderr]exit 127",
                            },
                        }],
                    },
                })
            };
            let ids = input["targetIds"].as_array().unwrap();
            Reply::Json(json!({"deploymentTargets": ids.iter().map(target).collect::<Vec<_>>()}))
        }
    });
    let finding = fake
        .inquiry()
        .await
        .finding(&Card::default(), &deployment())
        .await;
    assert_eq!(
        fake.input("BatchGetDeploymentTargets")["targetIds"],
        json!(["i-98", "i-99"])
    );
    // Both say the same.
    let said =
        "ApplicationStart: ScriptFailed: script start.sh: Script at specified location failed";
    assert_eq!(texts(&finding)[1], (Origin::LifecycleEvent, said));
    assert_eq!(finding.log, ["[stderr]java: not found", "[stderr]exit 127"]);
    let rollback = finding.rollback.unwrap();
    assert_eq!(rollback.failed.as_deref(), Some("c0ffee"));
    assert_eq!(rollback.serves.as_deref(), Some("shop/1.zip"));
}

#[tokio::test]
async fn a_function_has_versions() {
    let fake = Fake::of([
        (
            "GetDeployment",
            Reply::Json(json!({"deploymentInfo": {
                "computePlatform": "Lambda", "rollbackInfo": {"rollbackDeploymentId": "d-2"},
            }})),
        ),
        (
            "ListDeploymentTargets",
            Reply::Json(json!({"targetIds": ["shop:live"]})),
        ),
        (
            "BatchGetDeploymentTargets",
            Reply::Json(json!({"deploymentTargets": [{
                "deploymentTargetType": "LambdaTarget", "lambdaTarget": {"lambdaFunctionInfo": {
                    "functionName": "shop", "functionAlias": "live",
                    "currentVersion": "7", "targetVersion": "8",
                }},
            }]})),
        ),
    ]);
    let finding = fake
        .inquiry()
        .await
        .finding(&Card::default(), &deployment())
        .await;
    let rollback = finding.rollback.unwrap();
    assert_eq!(rollback.failed.as_deref(), Some("shop:8"));
    assert_eq!(rollback.serves.as_deref(), Some("shop:7"));
}

#[tokio::test]
async fn an_ecs_deployment_tells_what_it_went_back_to() {
    let service = json!({"services": [{
        "serviceName": "shop",
        "deployments": [
            {"id": "ecs-svc/2", "status": "PRIMARY", "taskDefinition": format!("{DEFINITION}:42")},
            {"id": "ecs-svc/1", "status": "INACTIVE", "taskDefinition": format!("{DEFINITION}:43"),
             "createdAt": START, "rolloutState": "FAILED",
             "rolloutStateReason": "ECS deployment circuit breaker: tasks failed to start."},
        ],
        "events": [{"createdAt": START + 5, "message": "(service shop) (deployment ecs-svc/1) deployment failed: tasks failed to start."}],
    }]});
    let tasks = json!({"tasks": [{
        "startedBy": "ecs-svc/1", "stoppedReason": "CannotPullContainerError: x: not found",
        "taskDefinitionArn": format!("{DEFINITION}:43"),
    }]});
    let fake = Fake::of([
        ("DescribeServices", Reply::Json(service)),
        ("ListTasks", Reply::Json(json!({"taskArns": ["t-1"]}))),
        ("DescribeTasks", Reply::Json(tasks)),
    ]);
    let reason = "ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/2.";
    let known = EcsDeployment {
        service: Some(ServiceName {
            cluster: Some("prod".to_owned()),
            service: "shop".to_owned(),
        }),
        rolled_back: true,
        reason: Some(Said {
            at: None,
            value: reason.to_owned(),
        }),
        ..EcsDeployment::default()
    };
    let card = Card {
        ecs_deployments: [("ecs-svc/1".to_owned(), known)].into(),
        ..Card::default()
    };
    let subject = Subject::EcsDeployment("ecs-svc/1".to_owned());
    let finding = fake.inquiry().await.finding(&card, &subject).await;
    assert_eq!(finding.texts.len(), 3);
    assert_eq!(
        failures(&finding),
        ["image-not-found", "image-pull", "circuit-breaker"]
    );
    let rollback = Rollback {
        failed: Some("shop:43".to_owned()),
        serves: Some("shop:42".to_owned()),
        deployment: Some("ecs-svc/2".to_owned()),
        message: Some(reason.to_owned()),
    };
    assert_eq!(finding.rollback, Some(rollback));
    assert_eq!(
        fake.input("DescribeServices"),
        json!({"cluster": "prod", "services": ["shop"]})
    );
    // The ARN of a service deployment names its service itself.
    let arn = "arn:aws:ecs:eu-west-1:1:service-deployment/prod/shop/x".to_owned();
    let finding = fake.inquiry().await;
    let finding = finding
        .finding(&Card::default(), &Subject::EcsDeployment(arn))
        .await;
    assert_eq!(finding.missing, [""; 0]);
    assert_eq!(finding.rollback, None);
}
