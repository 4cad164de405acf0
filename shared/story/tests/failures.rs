//! What failed, why, and what became of it.

mod support;

use std::collections::BTreeMap;

use card::Key;
use diagnosis::{Origin, Text};
use events::{Event, Phase};
use greenlight_story::{
    Failure, Finding, Instances, Rollback, Severity, Source, Story, Subject, Trend,
};
use serde_json::{Value, json};

use crate::support::{action, event, of_pipeline, outline, running, stories, story, story_with};

const BUILD: &str = "shop:11111111-2222-3333-4444-555555555555";

fn build(second: i64, status: &str, phases: Value) -> Event {
    event(
        second,
        "build",
        json!({"build-status": status, "project-name": "shop", "current-phase": "COMPLETED",
            "build-id": format!("arn:aws:codebuild:eu-west-1:123456789012:build/{BUILD}"),
            "additional-information": {"initiator": "codepipeline/shop", "build-number": 12.0,
                "phases": phases, "logs": {"deep-link": "https://console.aws.amazon.com/log"}}}),
    )
}

fn failed_build() -> Event {
    let context =
        "COMMAND_EXECUTION_ERROR: Error while executing command: npm test. Reason: exit status 1";
    let phases = json!([{"phase-type": "INSTALL", "phase-status": "SUCCEEDED", "phase-context": [": "]},
        {"phase-type": "BUILD", "phase-status": "FAILED", "phase-context": [context]}]);
    build(60, "FAILED", phases)
}

fn failed_execution() -> Vec<Event> {
    vec![
        of_pipeline(0, "pipeline", json!({"state": "STARTED"})),
        of_pipeline(0, "stage", json!({"stage": "Build", "state": "STARTED"})),
        action(0, "Build/Test", ("CodeBuild", "STARTED"), json!(null)),
        failed_build(),
        action(
            61,
            "Build/Test",
            ("CodeBuild", "FAILED"),
            json!({"external-execution-id": BUILD, "error-code": "JobFailed",
                "external-execution-summary": "Build terminated with state: FAILED"}),
        ),
        of_pipeline(61, "stage", json!({"stage": "Build", "state": "FAILED"})),
        of_pipeline(61, "pipeline", json!({"state": "FAILED"})),
    ]
}

fn only(story: &Story) -> &Failure {
    assert_eq!(story.failures.len(), 1, "{:#?}", story.failures);
    &story.failures[0]
}

fn finding(subject: &Subject, finding: Finding) -> BTreeMap<String, Finding> {
    [(subject.to_string(), finding)].into()
}

#[test]
fn a_build_that_did_an_action_is_one_failure() {
    let told = story(&failed_execution());
    assert_eq!(
        (told.phase, told.severity),
        (Phase::Failed, Severity::Error)
    );
    let failure = only(&told);
    assert_eq!(failure.id, "action/Build/Test/1");
    assert_eq!(failure.place, ["Build", "Test", "BUILD"]);
    assert!(!failure.mended);
    assert_eq!(
        failure.words,
        [
            "COMMAND_EXECUTION_ERROR: Error while executing command: npm test. Reason: exit status 1",
            "Build terminated with state: FAILED",
        ]
    );
    // A symptom, while nothing tells more.
    let names: Vec<&str> = failure.diagnoses.iter().map(|d| d.failure.name).collect();
    assert_eq!(names, ["build-command"]);
    let links: Vec<&str> = failure
        .links
        .iter()
        .map(|link| link.text.as_str())
        .collect();
    assert_eq!(links, ["Build", "Log"]);
    let page = "https://eu-west-1.console.aws.amazon.com/codesuite/codebuild/123456789012/projects/shop/build/shop:11111111-2222-3333-4444-555555555555?region=eu-west-1";
    assert_eq!(failure.links[0].url, page);
}

#[test]
fn what_aws_answers_tells_the_cause() {
    let answer = Finding {
        texts: vec![Text {
            origin: Origin::BuildLog,
            text: "Cannot connect to the Docker daemon at unix:///var/run/docker.sock".to_owned(),
        }],
        log: vec!["Cannot connect to the Docker daemon".to_owned()],
        missing: vec!["codepipeline:ListActionExecutions is not allowed".to_owned()],
        ..Finding::default()
    };
    let findings = finding(&Subject::Build(BUILD.to_owned()), answer);
    let told = story_with(&failed_execution(), &findings);
    let failure = only(&told);
    // The cause comes first; that a command failed is what one sees of it.
    let names: Vec<&str> = failure.diagnoses.iter().map(|d| d.failure.name).collect();
    assert_eq!(names, ["docker-not-privileged", "build-command"]);
    let happened = failure.diagnoses[0].failure.happened;
    assert_eq!(failure.why.as_deref(), Some(happened));
    assert_eq!(failure.log, ["Cannot connect to the Docker daemon"]);
    assert_eq!(failure.missing.len(), 1);
    let cards = support::cards(&failed_execution());
    let subjects = Subject::all(&cards[&support::execution()]);
    assert_eq!(
        subjects,
        [
            Subject::Action("Build".to_owned(), "Test".to_owned(), 1),
            Subject::Build(BUILD.to_owned()),
        ]
    );
}

#[test]
fn an_action_of_which_only_its_name_is_known_asks_for_its_build() {
    let events = [action(
        5,
        "Build/Test",
        ("CodeBuild", "FAILED"),
        json!({"external-execution-id": BUILD, "error-code": "JobFailed"}),
    )];
    let cards = support::cards(&events);
    let all = Subject::all(&cards[&support::execution()]);
    assert!(all.contains(&Subject::Build(BUILD.to_owned())));
    let told = story(&events);
    assert_eq!((told.phase, told.attempt), (Phase::Failed, 1));
    let failure = only(&told);
    assert_eq!(failure.words, ["JobFailed"]);
    assert_eq!(failure.why.as_deref(), Some("JobFailed"));
    assert_eq!(failure.links[0].text, "Build");
}

#[test]
fn the_cause_comes_before_the_symptom() {
    let events = [action(
        5,
        "Deploy/ToEcs",
        ("CodeDeployToECS", "FAILED"),
        json!({"external-execution-id": "d-1", "external-execution-summary": "Deployment d-1 failed"}),
    )];
    let cause =
        "INVALID_ECS_SERVICE: The ECS service cannot be updated: taskDefinition is inactive";
    let answer = Finding {
        texts: vec![Text {
            origin: Origin::Deployment,
            text: cause.to_owned(),
        }],
        failed_at: Some("Install".to_owned()),
        ..Finding::default()
    };
    let findings = finding(&Subject::Deployment("d-1".to_owned()), answer);
    let told = story_with(&events, &findings);
    let failure = only(&told);
    assert_eq!(failure.place, ["Deploy", "ToEcs", "Install"]);
    assert_eq!(failure.words, [cause, "Deployment d-1 failed"]);
    assert_eq!(
        failure.diagnoses[0].failure.name,
        "task-definition-inactive"
    );
    assert_eq!(
        failure.why.as_deref(),
        Some(failure.diagnoses[0].failure.happened)
    );
    assert_eq!(
        failure.remedy.as_deref(),
        Some(failure.diagnoses[0].failure.remedy)
    );
}

#[test]
fn a_retried_stage_shows_its_attempts_and_is_mended() {
    let again = |second, kind, mut detail: Value| {
        detail["pipeline-execution-attempt"] = json!(2.0);
        of_pipeline(second, kind, detail)
    };
    let kind = json!({"provider": "CodeBuild", "category": "Build"});
    let mut events = failed_execution();
    events.push(again(
        100,
        "stage",
        json!({"stage": "Build", "state": "RESUMED"}),
    ));
    // The pipeline's own event is still to come.
    let told = story(&events);
    assert_eq!((told.phase, told.attempt), (Phase::Running, 2));
    assert_eq!((told.severity, told.ended), (Severity::Info, None));
    assert!(!only(&told).mended);
    assert_eq!(
        outline(&told),
        ["Build 1:Failed 61s 2:Running", "  Test 1:Failed 61s"]
    );
    assert_eq!(running(&told), ["Build"]);

    events.push(again(100, "pipeline", json!({"state": "RESUMED"})));
    events.push(again(
        101,
        "action",
        json!({"stage": "Build", "action": "Test", "state": "STARTED", "type": kind}),
    ));
    events.push(again(
        150,
        "action",
        json!({"stage": "Build", "action": "Test", "state": "SUCCEEDED", "type": kind}),
    ));
    assert!(only(&story(&events)).mended);
    events.push(again(151, "pipeline", json!({"state": "SUCCEEDED"})));
    let told = story(&events);
    assert_eq!(
        (told.phase, told.attempt, told.severity),
        (Phase::Succeeded, 2, Severity::Info)
    );
    assert_eq!(
        outline(&told),
        [
            "Build 1:Failed 61s 2:Succeeded 50s",
            "  Test 1:Failed 61s 2:Succeeded 49s"
        ]
    );
    let failure = only(&told);
    assert!(failure.mended && failure.attempt == 1);
}

#[test]
fn what_a_failed_execution_leaves_open_is_ended() {
    // Neither the stage's end nor the action's came.
    let events = [
        of_pipeline(0, "stage", json!({"stage": "Source", "state": "STARTED"})),
        of_pipeline(10, "stage", json!({"stage": "Build", "state": "STARTED"})),
        action(11, "Build/Test", ("CodeBuild", "STARTED"), json!(null)),
        of_pipeline(60, "pipeline", json!({"state": "FAILED"})),
    ];
    let lines = [
        "Source 1:Succeeded 10s",
        "Build 1:Failed 50s",
        "  Test 1:Failed 49s",
    ];
    assert_eq!(outline(&story(&events)), lines);
    // Another action has failed: of this one nobody knows.
    let mut more = events.to_vec();
    more.push(action(
        60,
        "Build/Lint",
        ("CodeBuild", "FAILED"),
        json!(null),
    ));
    let lines = outline(&story(&more));
    assert_eq!(
        lines[1..],
        [
            "Build 1:Failed 50s",
            "  Test 1:Stopped 49s",
            "  Lint 1:Failed 0s"
        ]
    );
    let mut stopped = events.to_vec();
    stopped[3] = of_pipeline(60, "pipeline", json!({"state": "STOPPED"}));
    let told = story(&stopped);
    assert_eq!(
        outline(&told)[1..],
        ["Build 1:Stopped 50s", "  Test 1:Stopped 49s"]
    );
    assert_eq!((told.severity, told.failures.len()), (Severity::Warning, 0));
    stopped[3] = of_pipeline(60, "pipeline", json!({"state": "SUPERSEDED"}));
    assert_eq!(story(&stopped).severity, Severity::Info);
}

fn gate(second: i64, hook: &str, status: &str, deployment: &str) -> Event {
    event(
        second,
        "gate",
        json!({"hook": hook, "deploymentId": deployment, "status": status,
            "application": "shop", "reason": format!("{hook} said {status}"),
            "taskDefinition": "arn:aws:ecs:eu-west-1:123456789012:task-definition/shop:43",
            "outcomes": [
                {"check": "liveness", "status": status, "expected": "status 200", "got": "status 500",
                    "remedy": "Look at the application's log."},
                {"check": "readiness", "status": "Passed"}]}),
    )
}

fn failed_deployment() -> Vec<Event> {
    let detail = |state| json!({"deploymentId": "d-1", "state": state, "application": "shop"});
    vec![
        action(
            0,
            "Deploy/ToEcs",
            ("CodeDeployToECS", "STARTED"),
            json!(null),
        ),
        event(1, "deployment", detail("START")),
        gate(30, "BeforeAllowTraffic", "Failed", "d-1"),
        gate(20, "AfterAllowTestTraffic", "Passed", "d-1"),
        event(40, "deployment", detail("FAILURE")),
        action(
            41,
            "Deploy/ToEcs",
            ("CodeDeployToECS", "FAILED"),
            json!({"external-execution-id": "d-1", "external-execution-summary": "Deployment d-1 failed"}),
        ),
    ]
}

#[test]
fn a_gate_that_failed_and_the_rollback() {
    let events = failed_deployment();
    let error = "HOOK_EXECUTION_FAILURE: The deployment failed because one or more of the lifecycle event validation functions failed.";
    let answer = Finding {
        texts: vec![Text {
            origin: Origin::Deployment,
            text: error.to_owned(),
        }],
        rollback: Some(Rollback {
            serves: Some("shop:42".to_owned()),
            deployment: Some("d-2".to_owned()),
            ..Rollback::default()
        }),
        ..Finding::default()
    };
    let findings = finding(&Subject::Deployment("d-1".to_owned()), answer);
    let told = story_with(&events, &findings);
    let failure = only(&told);
    assert_eq!(
        failure.place,
        ["Deploy", "ToEcs", "d-1", "BeforeAllowTraffic"]
    );
    // The gate knows more than what CodeDeploy says of it.
    assert_eq!(failure.diagnoses[0].failure.name, "hook-failed");
    assert_eq!(
        failure.why.as_deref(),
        Some("BeforeAllowTraffic said Failed")
    );
    assert_eq!(
        failure.remedy.as_deref(),
        Some("Look at the application's log.")
    );
    assert_eq!(failure.checks.len(), 1);
    assert_eq!(failure.checks[0].got.as_deref(), Some("status 500"));
    assert_eq!(failure.words, [error, "Deployment d-1 failed"]);
    let rollback = told.rollback.unwrap();
    assert_eq!(rollback.failed.as_deref(), Some("shop:43"));
    assert_eq!(rollback.serves.as_deref(), Some("shop:42"));
    assert_eq!(rollback.deployment.as_deref(), Some("d-2"));
    let gates: Vec<_> = told
        .gates
        .iter()
        .map(|g| (g.hook.as_str(), g.phase))
        .collect();
    assert_eq!(
        gates,
        [
            ("AfterAllowTestTraffic", Phase::Succeeded),
            ("BeforeAllowTraffic", Phase::Failed)
        ]
    );
    assert_eq!(told.gates[1].version.as_deref(), Some("shop:43"));
    assert_eq!(told.applications, ["shop"]);
    // Nobody says that it was taken back.
    assert_eq!(story(&events).rollback, None);
}

#[test]
fn a_gate_fails_before_its_deployment_and_action_do() {
    // Its action is not known yet; then the deployment is told by itself.
    let events = &failed_deployment()[1..4];
    let told = story(events);
    assert_eq!(told.source, Source::Deployment);
    assert_eq!(
        (told.phase, told.severity),
        (Phase::Running, Severity::Error)
    );
    assert_eq!(only(&told).place, ["shop", "BeforeAllowTraffic"]);
    assert_eq!(only(&told).id, "deployment/d-1");
    let key = Key::Deployment("d-1".to_owned());
    let cards = support::cards(events);
    assert!(
        Subject::all(&cards[&key]).is_empty(),
        "AWS does not know yet"
    );
    // A deployment that was stopped because of it has failed.
    let mut stopped = events.to_vec();
    let detail = json!({"deploymentId": "d-1", "state": "STOP", "application": "shop"});
    stopped.push(event(40, "deployment", detail));
    let cards = support::cards(&stopped);
    assert_eq!(
        Subject::all(&cards[&key]),
        [Subject::Deployment("d-1".to_owned())]
    );
}

#[test]
fn a_gate_on_its_own() {
    let told = story(&[gate(1, "BeforeInstall", "Passed", "d-1")]);
    assert_eq!(
        (told.phase, told.severity),
        (Phase::Running, Severity::Info)
    );
    let arn = "arn:aws:ecs:eu-west-1:1:service-deployment/live/shop/x";
    let told = story(&[gate(1, "BeforeInstall", "Failed", arn)]);
    assert_eq!((told.source, told.phase), (Source::Ecs, Phase::Failed));
    assert_eq!(told.severity, Severity::Error);
    assert_eq!(
        only(&told).why.as_deref(),
        Some("BeforeInstall said Failed")
    );
    assert_eq!(told.run.as_deref(), Some("x"));
}

#[test]
fn instances_of_a_deployment_in_place() {
    let instance = |second, id: &str, state: &str| {
        let arn = format!("arn:aws:ec2:eu-west-1:123456789012:instance/{id}");
        let detail = json!({"deploymentId": "d-1", "instanceId": arn, "state": state});
        event(second, "instance", detail)
    };
    let detail = |state| json!({"deploymentId": "d-1", "state": state, "application": "shop"});
    let mut events = vec![
        event(0, "deployment", detail("START")),
        instance(1, "i-1", "START"),
        instance(1, "i-2", "START"),
        instance(9, "i-1", "SUCCESS"),
    ];
    let told = story(&events);
    let counted = Instances {
        all: 2,
        succeeded: 1,
        failed: 0,
        running: 1,
    };
    assert_eq!(told.instances, Some(counted));
    assert_eq!(told.severity, Severity::Info);
    events.push(instance(10, "i-2", "FAILURE"));
    let told = story(&events);
    assert_eq!(
        (told.phase, told.severity),
        (Phase::Running, Severity::Error)
    );
    assert_eq!(only(&told).words, ["instance i-2 failed"]);
    events.push(event(20, "deployment", detail("SUCCESS")));
    let told = story(&events);
    let counted = Instances {
        all: 2,
        succeeded: 1,
        failed: 1,
        running: 0,
    };
    assert_eq!(told.instances, Some(counted));
    // Enough of them are healthy.
    assert!(only(&told).mended);
    assert_eq!(
        (told.phase, told.severity),
        (Phase::Succeeded, Severity::Info)
    );
}

#[test]
fn the_trigger_of_a_deployment_counts_instances_too() {
    let detail = json!({"deploymentId": "d-1", "status": "FAILED", "applicationName": "shop",
        "createTime": "Tue Feb 9 2019 10:18:42", "deploymentOverview": {"Failed": "1", "InProgress": "0",
            "Pending": "0", "Skipped": "1", "Succeeded": "3"},
        "errorInformation": {"ErrorCode": "HEALTH_CONSTRAINTS", "ErrorMessage": "too many instances failed"}});
    let events = events::parse(&detail.to_string()).unwrap();
    let told = stories(&events);
    let counted = Instances {
        all: 5,
        succeeded: 3,
        failed: 1,
        running: 0,
    };
    assert_eq!(told[0].instances, Some(counted));
    assert_eq!(
        only(&told[0]).words,
        ["HEALTH_CONSTRAINTS: too many instances failed"]
    );
}

#[test]
fn an_ecs_deployment_that_is_taken_back() {
    let task = |version, status: &str| {
        json!({"taskArn": "arn:aws:ecs:eu-west-1:1:task/live/t1", "group": "service:shop",
            "clusterArn": "arn:aws:ecs:eu-west-1:1:cluster/live", "startedBy": "ecs-svc/1",
            "taskDefinitionArn": "arn:aws:ecs:eu-west-1:1:task-definition/shop:43",
            "lastStatus": status, "desiredStatus": "STOPPED", "version": version,
            "stoppedReason": "Essential container in task exited",
            "containers": [{"name": "app", "exitCode": 1}]})
    };
    let reason = "ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/0.";
    let events = [
        event(
            0,
            "ecs",
            json!({"eventName": "SERVICE_DEPLOYMENT_IN_PROGRESS", "deploymentId": "ecs-svc/1"}),
        ),
        event(5, "task", task(3, "STOPPED")),
        event(
            9,
            "ecs",
            json!({"eventName": "SERVICE_DEPLOYMENT_IN_PROGRESS",
            "deploymentId": "ecs-svc/1", "reason": reason}),
        ),
    ];
    let told = story(&events);
    assert_eq!((told.source, told.name.as_str()), (Source::Ecs, "shop"));
    assert_eq!(
        (told.phase, told.severity),
        (Phase::Running, Severity::Error)
    );
    let rollback = told.rollback.clone().unwrap();
    assert_eq!(rollback.deployment.as_deref(), Some("ecs-svc/0"));
    assert_eq!(rollback.message.as_deref(), Some(reason));
    let stopped =
        "a task of shop:43 stopped: Essential container in task exited; container app: exit code 1";
    assert_eq!(told.notes, [reason, stopped]);
    let failure = only(&told);
    assert_eq!(failure.words[0], stopped);
    assert!(!failure.mended);
    let url = "https://eu-west-1.console.aws.amazon.com/ecs/v2/clusters/live/services/shop/deployments?region=eu-west-1";
    assert_eq!(failure.links[0].url, url);
    // That it has gone back well mends nothing.
    let mut done = events.to_vec();
    let detail = json!({"eventName": "SERVICE_DEPLOYMENT_COMPLETED", "deploymentId": "ecs-svc/1"});
    done.push(event(20, "ecs", detail));
    let told = story(&done);
    assert_eq!(
        (told.phase, told.severity),
        (Phase::Succeeded, Severity::Error)
    );
    assert!(told.rollback.is_some());
}

#[test]
fn a_failed_build_of_one_of_two_running_actions_waits_for_its_action() {
    let mut events = vec![
        action(0, "Build/A", ("CodeBuild", "STARTED"), json!(null)),
        failed_build(),
    ];
    let joined = |events: &[Event]| {
        let mut card = card::Card::default();
        for mut part in events.iter().flat_map(card::parts) {
            part.card.part_of = None;
            card::Join::join(&mut card, part.card);
        }
        Story::new(&support::execution(), &card, &BTreeMap::new(), None)
    };
    // The only one that it can be of.
    assert_eq!(only(&joined(&events)).id, "action/Build/A/1");
    events.push(action(0, "Build/B", ("CodeBuild", "STARTED"), json!(null)));
    assert!(joined(&events).failures.is_empty());
    let result = json!({"external-execution-id": BUILD});
    events.push(action(61, "Build/B", ("CodeBuild", "FAILED"), result));
    assert_eq!(only(&joined(&events)).id, "action/Build/B/1");
}

#[test]
fn names_that_do_not_fit_are_told_apart() {
    let failed = |place: &str| action(1, place, ("CodeBuild", "FAILED"), json!(null));
    let told = story(&[failed("A b/c"), failed("A/b c"), failed("A <!channel>/é")]);
    let ids: Vec<&str> = told.failures.iter().map(|f| f.id.as_str()).collect();
    assert_eq!(ids.len(), 3);
    assert!(
        ids.iter()
            .all(|id| id.starts_with("action:") && id.len() == 47)
    );
}

#[test]
fn an_action_that_an_execution_tells_of_has_failed() {
    let event = json!({"detailType": "CodePipeline Pipeline Execution State Change",
        "source": "aws.codepipeline", "time": "2026-01-01T00:00:09Z",
        "detail": {"pipeline": "shop", "execution-id": "e", "state": "FAILED"},
        "additionalAttributes": {"failedStage": "Deploy",
            "failedActions": [{"action": "ToEcs", "additionalInformation": "Deployment d-1 failed"}]}});
    let events = events::read(&event).unwrap();
    let told = story(&events);
    assert_eq!(outline(&told), ["Deploy 1:Failed", "  ToEcs 1:Failed"]);
    let failure = only(&told);
    assert_eq!(failure.id, "action/Deploy/ToEcs/1");
    assert_eq!(failure.why.as_deref(), Some("Deployment d-1 failed"));
    let cards = support::cards(&events);
    let asked = Subject::Action("Deploy".to_owned(), "ToEcs".to_owned(), 1);
    assert_eq!(Subject::all(&cards[&support::execution()]), [asked]);
}

#[test]
fn a_trend_is_told_of_what_it_is_about() {
    let all = failed_execution();
    for (events, trend, is_told) in [
        (&all[..], Trend::Broke, true),
        (
            &all[..],
            Trend::Recovered {
                after: 1,
                since: None,
            },
            false,
        ),
        (&all[..3], Trend::Broke, false),
    ] {
        let cards = support::cards(events);
        let key = support::execution();
        let told = Story::new(&key, &cards[&key], &BTreeMap::new(), Some(trend));
        assert_eq!(told.trend.is_some(), is_told, "{trend:?}");
    }
}
