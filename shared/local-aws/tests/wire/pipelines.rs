//! CodePipeline, CodeBuild and logs with the official clients, and what they
//! put on the bus.

use aws_sdk_cloudwatchlogs as logs;
use aws_sdk_codebuild::{self as codebuild, types::StatusType};
use aws_sdk_codepipeline::{
    self as codepipeline,
    error::ProvideErrorMetadata as _,
    types::{ActionExecutionFilter, ActionExecutionStatus, PipelineExecutionStatus},
};
use greenlight_local_aws::{Fault, FaultKind, LocalAws};
use serde_json::Value;
use world::{
    ActionKind, ActionResult, BuildFailure, BuildPlan, Commit, ExampleOptions, LifecycleEventName,
    PipelineDeploy, PipelinePlan, RunStatus, World,
};

use crate::{
    LONG,
    client::sdk,
    fleet::{settled, start},
};

fn plan() -> PipelinePlan {
    let commit = Commit {
        id: "0123456789abcdef0123456789abcdef01234567".to_owned(),
        message: "Make it quicker".to_owned(),
        author: "Mary Major".to_owned(),
        email: "mary@example.com".to_owned(),
        branch: "main".to_owned(),
        repository: "example/shop".to_owned(),
    };
    PipelinePlan {
        build: Some(BuildPlan {
            project: "shop-build".to_owned(),
            log: vec!["test a ... ok".to_owned(), "test b ... FAILED".to_owned()],
            failure: None,
        }),
        ..PipelinePlan::new("shop-pipeline", commit)
    }
}

/// What the bus got from CodePipeline, and the states of builds and
/// deployments in between.
fn told(world: &World) -> Vec<String> {
    let line = |event: &world::PutEvent| {
        let detail: Value = serde_json::from_str(&event.detail).expect("JSON");
        let text = |name: &str| detail[name].as_str().unwrap_or_default().to_owned();
        match event.detail_type.as_str() {
            "CodeBuild Build Phase Change" | "ECS Task State Change" => None,
            "CodeBuild Build State Change" => Some(format!("build {}", text("build-status"))),
            "CodeDeploy Deployment State-change Notification" => {
                Some(format!("deployment {}", text("state")))
            }
            kind => {
                let what = kind.split(' ').nth(1).expect("a word").to_lowercase();
                let name = match what.as_str() {
                    "pipeline" => String::new(),
                    _ => format!(" {}", text("stage")),
                };
                Some(format!("{what}{name} {}", text("state")))
            }
        }
    };
    world.events.iter().filter_map(line).collect()
}

/// All that was put is understood.
fn all_are_understood(aws: &LocalAws) {
    aws.read(|world| {
        for event in &world.events {
            let text = world.envelope(event);
            let read = events::read(&text);
            let read = read.unwrap_or_else(|error| panic!("{error}: {text}"));
            let unknown = read
                .iter()
                .any(|e| matches!(e.kind, events::Kind::Notice(_)));
            assert!(!unknown, "{text}");
        }
    });
}

const UNTIL_BUILT: [&str; 7] = [
    "pipeline STARTED",
    "stage Source STARTED",
    "action Source STARTED",
    "action Source SUCCEEDED",
    "stage Source SUCCEEDED",
    "stage Build STARTED",
    "action Build STARTED",
];

#[tokio::test]
async fn a_pipeline_builds_and_deploys() {
    let options = ExampleOptions::default();
    let (aws, _fleet) = start(&options, |_| {}).await;
    settled(&aws).await;
    let id = aws.start_pipeline(PipelinePlan {
        deploy: Some(PipelineDeploy::CodeDeploy(Box::new(
            options.deploy_request(&[]),
        ))),
        ..plan()
    });
    let execution = aws.pipeline_over(&id, LONG).await.expect("it ends");
    assert_eq!(execution.status, RunStatus::Succeeded);
    let mut expected = UNTIL_BUILT.to_vec();
    expected.extend([
        "build IN_PROGRESS",
        "build SUCCEEDED",
        "action Build SUCCEEDED",
        "stage Build SUCCEEDED",
        "stage Deploy STARTED",
        "action Deploy STARTED",
        "deployment START",
        "deployment SUCCESS",
        "action Deploy SUCCEEDED",
        "pipeline SUCCEEDED",
        "stage Deploy SUCCEEDED",
    ]);
    assert_eq!(aws.read(told), expected);
    all_are_understood(&aws);

    let client = codepipeline::Client::new(&sdk(&aws));
    let got = client
        .get_pipeline_execution()
        .pipeline_name("shop-pipeline")
        .pipeline_execution_id(&id)
        .send()
        .await
        .expect("it is there");
    let got = got.pipeline_execution().expect("an execution");
    assert_eq!(got.status(), Some(&PipelineExecutionStatus::Succeeded));
    assert_eq!(
        got.artifact_revisions()[0].revision_id(),
        Some(&*execution.commit.id)
    );
    let list = client
        .list_action_executions()
        .pipeline_name("shop-pipeline")
        .filter(
            ActionExecutionFilter::builder()
                .pipeline_execution_id(&id)
                .build(),
        )
        .max_results(2)
        .send()
        .await
        .expect("it is there");
    let [deploy, build] = list.action_execution_details() else {
        panic!("two actions")
    };
    let external = |detail: &codepipeline::types::ActionExecutionDetail| {
        let result = detail.output()?.execution_result()?;
        result.external_execution_id().map(str::to_owned)
    };
    assert_eq!(
        external(deploy),
        aws.read(|w| w.deployments.last().map(|d| d.id.clone()))
    );
    assert_eq!(
        external(build),
        aws.read(|w| w.builds.last().map(|b| b.id.clone()))
    );
    let next = client
        .list_action_executions()
        .pipeline_name("shop-pipeline")
        .next_token(list.next_token().expect("there is more"))
        .send()
        .await
        .expect("it is there");
    assert_eq!(
        next.action_execution_details()[0].stage_name(),
        Some("Source")
    );
    let state = client
        .get_pipeline_state()
        .name("shop-pipeline")
        .send()
        .await;
    let state = state.expect("it is there");
    let stages: Vec<_> = state
        .stage_states()
        .iter()
        .filter_map(|s| s.stage_name())
        .collect();
    assert_eq!(stages, ["Source", "Build", "Deploy"]);
}

#[tokio::test]
async fn a_build_that_fails_says_why_everywhere() {
    let (aws, _fleet) = start(&ExampleOptions::default(), |_| {}).await;
    let mut plan = plan();
    if let Some(build) = &mut plan.build {
        build.failure = Some(BuildFailure::command("cargo test", 101));
    }
    let id = aws.start_pipeline(plan);
    let execution = aws.pipeline_over(&id, LONG).await.expect("it ends");
    assert_eq!(execution.status, RunStatus::Failed);
    let mut expected = UNTIL_BUILT.to_vec();
    expected.extend([
        "build IN_PROGRESS",
        "build FAILED",
        "action Build FAILED",
        "pipeline FAILED",
        "stage Build FAILED",
    ]);
    assert_eq!(aws.read(told), expected);
    all_are_understood(&aws);

    let client = codepipeline::Client::new(&sdk(&aws));
    let list = client
        .list_action_executions()
        .pipeline_name("shop-pipeline")
        .send()
        .await;
    let list = list.expect("it is there");
    let failed = &list.action_execution_details()[0];
    assert_eq!(failed.status(), Some(&ActionExecutionStatus::Failed));
    let result = failed
        .output()
        .and_then(|o| o.execution_result())
        .expect("a result");
    let error = result.error_details().expect("an error");
    assert_eq!(error.code(), Some("JobFailed"));
    assert_eq!(
        error.message(),
        Some(
            "Build terminated with state: FAILED. Phase: BUILD, Code: COMMAND_EXECUTION_ERROR, \
             Message: Error while executing command: cargo test. Reason: exit status 101"
        )
    );
    let build_id = result.external_execution_id().expect("a build");

    let client = codebuild::Client::new(&sdk(&aws));
    let got = client
        .batch_get_builds()
        .ids(build_id)
        .ids("other:1")
        .send()
        .await;
    let got = got.expect("an answer");
    assert_eq!(got.builds_not_found(), ["other:1"]);
    let [build] = got.builds() else {
        panic!("one build")
    };
    assert_eq!(build.build_status(), Some(&StatusType::Failed));
    assert_eq!(build.initiator(), Some("codepipeline/shop-pipeline"));
    let failed = build
        .phases()
        .iter()
        .find(|p| p.phase_status() == Some(&StatusType::Failed));
    let failed = failed.expect("a failed phase");
    assert_eq!(failed.phase_type().map(|t| t.as_str()), Some("BUILD"));
    assert_eq!(
        failed.contexts()[0].status_code(),
        Some("COMMAND_EXECUTION_ERROR")
    );

    let location = build.logs().expect("logs");
    let client = logs::Client::new(&sdk(&aws));
    let read = client
        .get_log_events()
        .log_group_name(location.group_name().expect("a group"))
        .log_stream_name(location.stream_name().expect("a stream"));
    let whole = read
        .clone()
        .start_from_head(true)
        .send()
        .await
        .expect("it is there");
    let lines: Vec<&str> = whole.events().iter().filter_map(|e| e.message()).collect();
    assert!(lines.contains(&"test b ... FAILED\n"), "{lines:?}");
    let own = "Command did not exit successfully cargo test exit status 101\n";
    assert!(lines.iter().any(|line| line.ends_with(own)), "{lines:?}");
    let end = read.clone().limit(2).send().await.expect("it is there");
    let last: Vec<&str> = end.events().iter().filter_map(|e| e.message()).collect();
    assert_eq!(last, lines[lines.len() - 2..]);
    let before = end.next_backward_token().expect("a token");
    let before = read
        .clone()
        .limit(2)
        .next_token(before)
        .send()
        .await
        .expect("it is there");
    assert_eq!(before.events()[1].message(), Some(lines[lines.len() - 3]));
    let error = read
        .log_stream_name("none")
        .send()
        .await
        .expect_err("no stream");
    assert!(
        error
            .as_service_error()
            .is_some_and(|e| e.is_resource_not_found_exception())
    );
}

#[tokio::test]
async fn a_deployment_that_fails_fails_the_pipeline() {
    let options = ExampleOptions::default();
    let (aws, _fleet) = start(&options, |_| {}).await;
    settled(&aws).await;
    let hooks = [(LifecycleEventName::BeforeAllowTraffic, "nobody")];
    let id = aws.start_pipeline(PipelinePlan {
        build: None,
        deploy: Some(PipelineDeploy::CodeDeploy(Box::new(
            options.deploy_request(&hooks),
        ))),
        ..plan()
    });
    let execution = aws.pipeline_over(&id, LONG).await.expect("it ends");
    assert_eq!(execution.status, RunStatus::Failed);
    let told = aws.read(told);
    let from = told
        .iter()
        .position(|line| line == "deployment FAILURE")
        .expect("a failure");
    assert_eq!(
        told[from..from + 4],
        [
            "deployment FAILURE",
            "action Deploy FAILED",
            "pipeline FAILED",
            "stage Deploy FAILED"
        ]
    );
    let action = execution.actions.last().expect("an action");
    let deployment = action.result.external_id.as_deref().expect("a deployment");
    assert_eq!(
        action.result.summary,
        Some(format!("Deployment {deployment} failed"))
    );
    all_are_understood(&aws);
}

#[tokio::test]
async fn a_refused_deployment_fails_the_pipeline_too() {
    let options = ExampleOptions::default();
    let (aws, _fleet) = start(&options, |_| {}).await;
    let mut request = options.deploy_request(&[]);
    request.application = "other".to_owned();
    let id = aws.start_pipeline(PipelinePlan {
        build: None,
        deploy: Some(PipelineDeploy::CodeDeploy(Box::new(request))),
        ..plan()
    });
    let execution = aws.pipeline_over(&id, LONG).await.expect("it ends");
    let error = execution
        .actions
        .last()
        .and_then(|a| a.result.error_message.clone());
    assert!(error.is_some_and(|e| e.contains("other")));
}

#[tokio::test]
async fn ecs_s_own_deployment_ends_its_pipeline() {
    let options = ExampleOptions::default().native();
    let (aws, _fleet) = start(&options, |_| {}).await;
    settled(&aws).await;
    let id = aws.start_pipeline(PipelinePlan {
        deploy: Some(PipelineDeploy::Native(options.native_request())),
        ..plan()
    });
    let execution = aws.pipeline_over(&id, LONG).await.expect("it ends");
    assert_eq!(execution.status, RunStatus::Succeeded);
    all_are_understood(&aws);
}

#[tokio::test]
async fn an_approval_waits_for_its_answer() {
    let (aws, _fleet) = start(&ExampleOptions::default(), |_| {}).await;
    let id = aws.change(|w, now| w.begin_execution("p", Commit::default(), now));
    let action = aws.change(|world, now| {
        world.begin_stage(&id, "Approve", now);
        let kind = ActionKind::aws("Approval", "Manual");
        world.begin_action(&id, ("Approve", "Ask"), kind, now)
    });
    let client = codepipeline::Client::new(&sdk(&aws));
    let token = async || {
        let state = client
            .get_pipeline_state()
            .name("p")
            .send()
            .await
            .expect("it is there");
        let action = &state.stage_states()[0].action_states()[0];
        action
            .latest_execution()
            .and_then(|e| e.token())
            .map(str::to_owned)
    };
    assert_eq!(token().await, action);
    let action = action.expect("an id");
    let failed = RunStatus::Failed;
    assert!(aws.change(|w, now| w.end_action(&action, failed, ActionResult::default(), now)));
    assert!(!aws.change(|w, now| w.end_action(&action, failed, ActionResult::default(), now)));
    assert_eq!(token().await, None);
    assert!(aws.change(|w, now| w.end_execution(&id, failed, now)));
    all_are_understood(&aws);
}

#[tokio::test]
async fn they_refuse_in_their_own_words() {
    let (aws, _fleet) = start(&ExampleOptions::default(), |_| {}).await;
    let client = codepipeline::Client::new(&sdk(&aws));
    let error = client
        .get_pipeline_state()
        .name("none")
        .send()
        .await
        .expect_err("no pipeline");
    assert!(
        error
            .as_service_error()
            .is_some_and(|e| e.is_pipeline_not_found_exception())
    );
    let list = client.list_action_executions().pipeline_name("none");
    for (kind, code, words) in [
        (FaultKind::Throttle, "ThrottlingException", "Rate exceeded"),
        (
            FaultKind::AccessDenied,
            "AccessDeniedException",
            "codepipeline:ListActionExecutions on resource: arn:aws:codepipeline:eu-west-1:123456789012:none",
        ),
        (FaultKind::ServerError, "InternalFailure", "internal error"),
    ] {
        aws.faults().add(Fault {
            operation: Some("codepipeline:ListActionExecutions".to_owned()),
            kind,
            times: Some(1),
        });
        let error = list.clone().send().await.expect_err("a fault");
        assert_eq!(error.code(), Some(code));
        assert!(
            error.message().is_some_and(|m| m.contains(words)),
            "{error:?}"
        );
    }
    let error = client.list_pipelines().send().await.expect_err("unknown");
    assert_eq!(error.code(), Some("UnknownOperationException"));
    let error = codebuild::Client::new(&sdk(&aws))
        .batch_get_builds()
        .set_ids(Some(vec![]));
    let error = error.send().await.expect_err("no ids");
    assert!(
        error
            .as_service_error()
            .is_some_and(|e| e.is_invalid_input_exception())
    );
}
