//! CodePipeline: executions, stages, actions and approvals.
//! <https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html>

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    event::State,
    moment::Moment,
    reader::{Reader, unfold},
};

/// Which execution of which pipeline.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ExecutionId {
    /// The pipeline.
    pub pipeline: String,
    /// The execution.
    pub execution: String,
}

/// A pipeline execution changed its state.
#[derive(Debug, Clone, PartialEq)]
pub struct Execution {
    /// Which one.
    pub id: ExecutionId,
    /// Its state.
    pub state: State,
    /// From 1; each retry of a stage counts one up.
    pub attempt: u64,
    /// When it started, if the event says so.
    pub started: Option<Moment>,
    /// What set it off.
    pub trigger: Option<Trigger>,
    /// What failed, where the event was made for people.
    pub failed: Vec<FailedAction>,
}

/// What set a pipeline off.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Trigger {
    /// The kind of trigger, `Webhook`.
    pub kind: Option<String>,
    /// Who wrote the commit.
    pub author: Option<String>,
    /// The commit.
    pub commit: Option<String>,
    /// Its message.
    pub message: Option<String>,
    /// The branch.
    pub branch: Option<String>,
    /// The tag.
    pub tag: Option<String>,
    /// The repository, `owner/name`.
    pub repository: Option<String>,
    /// Where it is kept, `GitHub`.
    pub provider: Option<String>,
}

/// An action that failed, as an execution or a stage tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedAction {
    /// Its stage.
    pub stage: Option<String>,
    /// Its name.
    pub action: String,
    /// Why.
    pub reason: Option<String>,
}

/// A stage changed its state.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// The execution.
    pub id: ExecutionId,
    /// The stage.
    pub stage: String,
    /// Its state.
    pub state: State,
    /// From 1, the execution's.
    pub attempt: u64,
    /// When it started, if the event says so.
    pub started: Option<Moment>,
    /// What set the execution off, as far as a first stage tells.
    pub trigger: Option<Trigger>,
    /// What failed in it, where the event was made for people.
    pub failed: Vec<FailedAction>,
}

/// An action changed its state.
#[derive(Debug, Clone, PartialEq)]
pub struct Action {
    /// The execution.
    pub id: ExecutionId,
    /// Its stage.
    pub stage: String,
    /// The action.
    pub action: String,
    /// Its own execution's id; it differs between attempts.
    pub action_execution: Option<String>,
    /// Its state.
    pub state: State,
    /// From 1, the execution's.
    pub attempt: u64,
    /// When it started, if the event says so.
    pub started: Option<Moment>,
    /// `Source`, `Build`, `Deploy`, `Approval`, …
    pub category: Option<String>,
    /// `CodeBuild`, `CodeDeployToECS`, …
    pub provider: Option<String>,
    /// What did the work: a build, a deployment, a commit.
    pub external: External,
}

/// What did an action's work.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct External {
    /// Its id there: `project:uuid`, `d-…`, a commit.
    pub id: Option<String>,
    /// Its page.
    pub url: Option<String>,
    /// What it says of itself: a failure's reason, a commit's message.
    pub summary: Option<String>,
    /// An error's code, `JobFailed`.
    pub code: Option<String>,
}

/// Somebody is asked to approve.
/// <https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals-json-format.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// The pipeline. Its execution is not told.
    pub pipeline: String,
    /// The stage.
    pub stage: String,
    /// The action.
    pub action: String,
    /// What an answer has to carry.
    pub token: Option<String>,
    /// Until when.
    pub expires: Option<Moment>,
    /// Where to answer.
    pub review: Option<String>,
    /// What to look at.
    pub link: Option<String>,
    /// What the pipeline's author says about it.
    pub note: Option<String>,
}

fn id(detail: Reader<'_>) -> Option<ExecutionId> {
    Some(ExecutionId {
        pipeline: detail.text("pipeline")?,
        execution: detail.text("execution-id")?,
    })
}

/// AWS counts from 1; an attempt 0 has been seen for the first one.
fn attempt(detail: Reader<'_>) -> u64 {
    detail
        .count("pipeline-execution-attempt")
        .unwrap_or(1)
        .max(1)
}

pub(crate) fn execution(detail: Reader<'_>, extra: Reader<'_>) -> Option<Execution> {
    Some(Execution {
        id: id(detail)?,
        state: detail.state("state"),
        attempt: attempt(detail),
        started: detail.time("start-time"),
        trigger: trigger(detail).or_else(|| source(extra)),
        failed: failed(extra),
    })
}

pub(crate) fn stage(detail: Reader<'_>, extra: Reader<'_>) -> Option<Stage> {
    Some(Stage {
        id: id(detail)?,
        stage: detail.text("stage")?,
        state: detail.state("state"),
        attempt: attempt(detail),
        started: (detail.time("start-time"))
            .or_else(|| detail.time("stage-last-retry-attempt-time")),
        trigger: trigger(detail).or_else(|| source(extra)),
        failed: failed(extra),
    })
}

pub(crate) fn action(detail: Reader<'_>, extra: Reader<'_>) -> Option<Action> {
    let kind = detail.under("type");
    let result = detail.under("execution-result");
    let summary = result.text("external-execution-summary");
    let summary = summary.map(|text| commit_message(&text).unwrap_or(text));
    Some(Action {
        id: id(detail)?,
        stage: detail.text("stage")?,
        action: detail.text("action")?,
        action_execution: detail.text("action-execution-id"),
        state: detail.state("state"),
        attempt: attempt(detail),
        started: detail.time("start-time"),
        category: kind.text("category"),
        provider: kind.text("provider"),
        external: External {
            id: result.text("external-execution-id"),
            url: result.text("external-execution-url"),
            summary: summary.or_else(|| extra.text("additionalInformation")),
            code: result.text("error-code"),
        },
    })
}

pub(crate) fn approval(message: Reader<'_>) -> Option<Approval> {
    let approval = message.under("approval");
    Some(Approval {
        pipeline: approval.text("pipelineName")?,
        stage: approval.text("stageName")?,
        action: approval.text("actionName")?,
        token: approval.text("token"),
        expires: approval.time("expires"),
        review: approval.text("approvalReviewLink"),
        link: approval.text("externalEntityLink"),
        note: approval.text("customData"),
    })
}

/// A source over a connection says its commit's message inside of JSON.
fn commit_message(text: &str) -> Option<String> {
    let value = unfold(&Value::String(text.to_owned()))?;
    Reader::new(&value).text("CommitMessage")
}

fn trigger(detail: Reader<'_>) -> Option<Trigger> {
    let trigger = detail.under("execution-trigger");
    let found = Trigger {
        kind: trigger.text("trigger-type"),
        author: trigger.first(&["author-display-name", "author-id", "author-email"]),
        commit: trigger.text("commit-id"),
        message: trigger.text("commit-message"),
        branch: trigger.text("branch-name"),
        tag: trigger.text("tag-name"),
        repository: trigger.text("full-repository-name"),
        provider: trigger.text("provider-type"),
    };
    (found != Trigger::default()).then_some(found)
}

/// What the events that are made for people say of the source.
fn source(extra: Reader<'_>) -> Option<Trigger> {
    let first = extra.list("sourceActions").first()?;
    let action = Reader::new(first);
    let variables = action.under("sourceActionVariables");
    let found = Trigger {
        author: variables.text("AuthorDisplayName"),
        commit: variables.first(&["CommitId", "VersionId"]),
        message: variables.text("CommitMessage"),
        branch: variables.text("BranchName"),
        repository: variables.first(&["FullRepositoryName", "RepositoryName"]),
        provider: action.text("sourceActionProvider"),
        ..Trigger::default()
    };
    (found != Trigger::default()).then_some(found)
}

fn failed(extra: Reader<'_>) -> Vec<FailedAction> {
    let stage = extra.text("failedStage");
    let read = |value| {
        let action = Reader::new(value);
        Some(FailedAction {
            stage: stage.clone(),
            action: action.text("action")?,
            reason: action.text("additionalInformation"),
        })
    };
    extra
        .list("failedActions")
        .iter()
        .filter_map(read)
        .collect()
}
