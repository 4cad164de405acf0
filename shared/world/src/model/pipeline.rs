//! CodePipeline: executions, their stages and actions.

use serde::Serialize;

use super::{BuildFailure, DeployRequest, Millis, NativeRequest};
use crate::words::words;

words! {
    /// How a pipeline execution, a stage or an action stands.
    pub enum RunStatus {
        /// It runs.
        InProgress => "InProgress",
        /// It is done.
        Succeeded => "Succeeded",
        /// It failed.
        Failed => "Failed",
        /// Somebody stopped it.
        Stopped => "Stopped",
        /// It was given up (actions only).
        Abandoned => "Abandoned",
        /// A newer one took its place (executions only).
        Superseded => "Superseded",
    }
}

impl RunStatus {
    /// The state in events.
    pub fn event_state(self) -> &'static str {
        match self {
            RunStatus::InProgress => "STARTED",
            RunStatus::Succeeded => "SUCCEEDED",
            RunStatus::Failed => "FAILED",
            RunStatus::Stopped => "STOPPED",
            RunStatus::Abandoned => "ABANDONED",
            RunStatus::Superseded => "SUPERSEDED",
        }
    }

    /// Whether nothing more will happen to it.
    pub fn is_over(self) -> bool {
        self != RunStatus::InProgress
    }
}

/// What a pipeline is to do: Source, then Build, then Deploy.
#[derive(Debug, Clone, PartialEq)]
pub struct PipelinePlan {
    /// The name of the pipeline.
    pub pipeline: String,
    /// The commit that sets it off.
    pub commit: Commit,
    /// The build; absent: there is no stage for it.
    pub build: Option<BuildPlan>,
    /// The deployment; absent: there is no stage for it.
    pub deploy: Option<PipelineDeploy>,
}

impl PipelinePlan {
    /// A pipeline with a source only.
    pub fn new(pipeline: &str, commit: Commit) -> PipelinePlan {
        PipelinePlan {
            pipeline: pipeline.to_owned(),
            commit,
            build: None,
            deploy: None,
        }
    }
}

/// A commit, as a source over a connection tells of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Commit {
    /// Its id: forty hexadecimal digits.
    pub id: String,
    /// Its message.
    pub message: String,
    /// Who wrote it.
    pub author: String,
    /// The address of who wrote it.
    pub email: String,
    /// The branch.
    pub branch: String,
    /// The repository, `owner/name`.
    pub repository: String,
}

/// A build that a pipeline runs.
#[derive(Debug, Clone, PartialEq)]
pub struct BuildPlan {
    /// The project.
    pub project: String,
    /// What the commands write, one line each.
    pub log: Vec<String>,
    /// How it fails; absent: it doesn't.
    pub failure: Option<BuildFailure>,
}

/// A deployment that a pipeline makes.
#[derive(Debug, Clone, PartialEq)]
pub enum PipelineDeploy {
    /// By CodeDeploy (`CodeDeployToECS`).
    CodeDeploy(Box<DeployRequest>),
    /// By ECS itself (`ECS`).
    Native(NativeRequest),
}

/// An execution of a pipeline.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PipelineExecution {
    /// Its id.
    pub id: String,
    /// The pipeline.
    pub pipeline: String,
    /// The version of the pipeline.
    pub version: u32,
    /// How it stands.
    pub status: RunStatus,
    /// From 1; each retry of a stage counts one up.
    pub attempt: u32,
    /// The commit that set it off.
    pub commit: Commit,
    /// When it started.
    pub started_at: Millis,
    /// When it was over.
    pub ended_at: Option<Millis>,
    /// The stages that it has entered, in order.
    pub stages: Vec<PipelineStage>,
    /// The actions that it has run, in order.
    pub actions: Vec<PipelineAction>,
    /// What it still is to do.
    #[serde(skip)]
    pub(crate) agenda: Agenda,
}

/// What an execution still is to do.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Agenda {
    pub(crate) build: Option<BuildPlan>,
    pub(crate) deploy: Option<PipelineDeploy>,
    /// When the next step is due; absent: it waits for something else.
    pub(crate) next_at: Option<Millis>,
}

/// A stage of an execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PipelineStage {
    /// Its name.
    pub name: String,
    /// How it stands.
    pub status: RunStatus,
    /// When it started.
    pub started_at: Millis,
}

/// What an action is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ActionKind {
    /// `Source`, `Build`, `Deploy`, `Approval`, ….
    pub category: &'static str,
    /// Who made it: `AWS`.
    pub owner: &'static str,
    /// `CodeStarSourceConnection`, `CodeBuild`, `CodeDeployToECS`, `ECS`,
    /// `Manual`, ….
    pub provider: &'static str,
}

impl ActionKind {
    /// One of AWS's own.
    pub const fn aws(category: &'static str, provider: &'static str) -> ActionKind {
        ActionKind {
            category,
            owner: "AWS",
            provider,
        }
    }
}

/// An action that an execution ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PipelineAction {
    /// The id of its execution. For an approval, also the token of the answer.
    pub id: String,
    /// Its stage.
    pub stage: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: ActionKind,
    /// How it stands.
    pub status: RunStatus,
    /// The attempt of the execution that it belongs to.
    pub attempt: u32,
    /// When it started.
    pub started_at: Millis,
    /// When it last changed.
    pub updated_at: Millis,
    /// What did its work.
    pub result: ActionResult,
}

/// What did an action's work, and what came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ActionResult {
    /// Its id there: a commit, a build, a deployment.
    pub external_id: Option<String>,
    /// Its page.
    pub url: Option<String>,
    /// What it says of itself, in events and in the API.
    pub summary: Option<String>,
    /// The code of the error, `JobFailed`.
    pub error_code: Option<String>,
    /// The error in words, which only the API tells.
    pub error_message: Option<String>,
}
