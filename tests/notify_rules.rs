//! Which of the sample events each rule of template.yaml takes.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::{Value, json};
use world::Pattern;

use crate::notify_template::{Rule, Template};

fn samples() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/events/tests/fixtures");
    let paths = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    let mut samples: Vec<(String, Value)> = paths
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).unwrap();
            (name, serde_json::from_str(&text).unwrap())
        })
        .collect();
    samples.sort_by(|a, b| a.0.cmp(&b.0));
    samples
}

/// The rules that take an event, where it comes from.
fn takers(event: &Value, parameters: &[(&str, &str)]) -> Vec<String> {
    let text = |name: &str| event[name].as_str().unwrap_or_default();
    let template = Template::with((text("account"), text("region")), parameters);
    let fits = |rule: &Rule| Pattern::parse(&rule.pattern).unwrap().matches(event);
    let rules = template.rules().into_iter();
    rules.filter(fits).map(|rule| rule.name).collect()
}

/// What comes over SNS, or calls the function itself, and is on no bus.
const NOT_ON_THE_BUS: &[&str] = &[
    "codecommit-trigger-lambda",
    "codedeploy-sns-trigger-deployment",
    "codedeploy-sns-trigger-instance",
    "codepipeline-approval-sns-lambda-envelope",
    "codepipeline-approval-sns-message",
    "codestar-notification-action-failed",
    "codestar-notification-pipeline-failed",
    "codestar-notification-stage-started",
    "sequence-codepipeline-success",
];

/// What the rules leave on the bus, and why.
const LEFT: &[(&str, &str)] = &[
    (
        "codebuild-build-phase-change",
        "the build's end tells its phases",
    ),
    (
        "ecr-image-archive",
        "nothing about what an image is made of or runs as",
    ),
    ("ecr-image-delete", "the same"),
    ("ecr-image-push", "only with ImagePushes"),
    ("ecr-image-standard", "storage"),
    ("ecr-pull-through-cache", "storage"),
    ("ecr-referrer-restore", "storage"),
    ("ecr-replication-failed", "storage"),
    ("ecr-replication-success", "storage"),
    ("ecr-scan-resource-change", "how scans are set up"),
    (
        "ecs-container-instance-state-change",
        "a machine, and no deployment",
    ),
    (
        "ecs-service-action-capacity-provider-steady-state",
        "nothing is wrong",
    ),
    ("ecs-service-action-steady-state", "nothing is wrong"),
    ("ecs-task-state-change-running-2020", "it runs"),
];

/// Which rule takes a sample that is none of those above.
fn rule_of(sample: &str) -> &'static str {
    const RULES: &[(&str, &str)] = &[
        ("codepipeline-", "PipelineRule"),
        ("codebuild-", "BuildRule"),
        ("codedeploy-", "DeploymentRule"),
        ("codecommit-", "RepositoryRule"),
        ("ecr-image-scan", "ImageScanRule"),
        ("ecs-deployment-", "EcsDeploymentRule"),
        ("ecs-hook-", "EcsDeploymentRule"),
        ("ecs-service-action-", "EcsServiceRule"),
        ("ecs-task-", "EcsTaskRule"),
    ];
    let found = RULES.iter().find(|(begin, _)| sample.starts_with(begin));
    found.unwrap_or_else(|| panic!("no rule for {sample}")).1
}

#[test]
fn each_sample_is_taken_by_one_rule_or_left_on_purpose() {
    let mut seen = BTreeSet::new();
    let mut taken = BTreeSet::new();
    for (name, sample) in samples() {
        let rules = takers(&sample, &[]);
        seen.insert(name.clone());
        let is_left = LEFT.iter().any(|(left, _)| *left == name);
        if is_left || NOT_ON_THE_BUS.contains(&name.as_str()) {
            assert_eq!(rules, [""; 0], "{name}");
            assert_eq!(sample["detail-type"].is_string(), is_left, "{name}");
            continue;
        }
        assert_eq!(rules, [rule_of(&name)], "{name}");
        taken.extend(rules);
    }
    for name in LEFT.iter().map(|(name, _)| name).chain(NOT_ON_THE_BUS) {
        assert!(seen.contains(*name), "there is no sample {name}");
    }
    assert_eq!(taken.len(), 7, "{taken:?}");
}

fn event(source: &str, kind: &str, detail: Value) -> Value {
    json!({
        "version": "0", "id": "e-1", "detail-type": kind, "source": source,
        "account": "123456789012", "region": "eu-west-1", "time": "2026-01-02T10:00:00Z",
        "resources": [], "detail": detail,
    })
}

fn task(group: &str, stop_code: &str) -> Value {
    let detail = json!({"group": group, "lastStatus": "STOPPED", "stopCode": stop_code});
    event("aws.ecs", "ECS Task State Change", detail)
}

fn deployment(group: &str) -> Value {
    let kind = "CodeDeploy Deployment State-change Notification";
    let mut event = event("aws.codedeploy", kind, json!({"state": "FAILURE"}));
    event["resources"] = json!([format!(
        "arn:aws:codedeploy:eu-west-1:123456789012:deploymentgroup:{group}"
    )]);
    event
}

fn build(initiator: &str) -> Value {
    let detail = json!({
        "build-status": "FAILED", "additional-information": {"initiator": initiator},
    });
    event("aws.codebuild", "CodeBuild Build State Change", detail)
}

/// What there is no sample of, and what parameters change.
#[test]
fn a_table_of_events_and_parameters() {
    let pipeline = |name: &str| {
        let kind = "CodePipeline Stage Execution State Change";
        event(
            "aws.codepipeline",
            kind,
            json!({"pipeline": name, "state": "FAILED"}),
        )
    };
    let push = event(
        "aws.ecr",
        "ECR Image Action",
        json!({"action-type": "PUSH"}),
    );
    let delete = event(
        "aws.ecr",
        "ECR Image Action",
        json!({"action-type": "DELETE"}),
    );
    let verdict = "Greenlight Gate Verdict";
    let none: &[(&str, &str)] = &[];
    let some = &[("Pipelines", "shop-*")][..];
    let group = &[("DeploymentGroups", "shop/*")][..];
    let pushes = &[("ImagePushes", "true")][..];
    for (event, parameters, rules) in [
        (
            event("greenlight", verdict, json!({})),
            none,
            &["VerdictRule"][..],
        ),
        (event("somebody", verdict, json!({})), none, &[]),
        (
            event("jenkins", "Greenlight Tool Event", json!({})),
            none,
            &["ToolRule"],
        ),
        (event("aws.s3", "Object Created", json!({})), none, &[]),
        (
            task("service:shop", "EssentialContainerExited"),
            none,
            &["EcsTaskRule"],
        ),
        (
            task("service:shop", "TaskFailedToStart"),
            none,
            &["EcsTaskRule"],
        ),
        (task("service:shop", "ServiceSchedulerInitiated"), none, &[]),
        (
            task("family:migration", "EssentialContainerExited"),
            none,
            &[],
        ),
        (push.clone(), none, &[]),
        (push, pushes, &["ImagePushRule"]),
        (delete, pushes, &[]),
        (pipeline("shop-live"), some, &["PipelineRule"]),
        (pipeline("bank"), some, &[]),
        (pipeline("bank"), none, &["PipelineRule"]),
        (build("codepipeline/shop-live"), some, &["BuildRule"]),
        (build("codepipeline/bank"), some, &[]),
        (build("anna"), some, &[]),
        (build("anna"), none, &["BuildRule"]),
        (deployment("shop/live"), group, &["DeploymentRule"]),
        (deployment("bank/live"), group, &[]),
        (deployment("bank/live"), none, &["DeploymentRule"]),
    ] {
        assert_eq!(takers(&event, parameters), rules, "{event} {parameters:?}");
    }
}

#[test]
fn without_a_notifier_there_are_no_rules_and_with_one_each_calls_it() {
    let place = ("123456789012", "eu-west-1");
    assert!(Template::new(place, &[]).rules().is_empty());
    for (parameter, value, function) in [
        (
            "SlackSecretArn",
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:s",
            "NotifySlack",
        ),
        ("ChatbotTopicArn", "new", "NotifyChatbot"),
    ] {
        let rules = Template::new(place, &[(parameter, value)]).rules();
        assert_eq!(rules.len(), 10, "{rules:?}");
        for rule in rules {
            assert_eq!(rule.targets, [function], "{}", rule.name);
        }
    }
    for rule in Template::usual(place).rules() {
        assert_eq!(
            rule.targets,
            ["NotifySlack", "NotifyChatbot"],
            "{}",
            rule.name
        );
    }
}
