//! CodeBuild and its logs in CloudWatch Logs.

use serde::Serialize;

use super::Millis;
use crate::words::words;

words! {
    /// How a build or a phase of it stands.
    pub enum BuildStatus {
        /// It runs.
        InProgress => "IN_PROGRESS",
        /// It is done.
        Succeeded => "SUCCEEDED",
        /// It failed.
        Failed => "FAILED",
        /// Something went wrong outside of it.
        Fault => "FAULT",
        /// It took too long.
        TimedOut => "TIMED_OUT",
        /// Somebody stopped it.
        Stopped => "STOPPED",
    }
}

/// A build of a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Build {
    /// Its id, `project:uuid`.
    pub id: String,
    /// The project.
    pub project: String,
    /// Its number in the project, from 1.
    pub number: u64,
    /// How it stands.
    pub status: BuildStatus,
    /// Who started it; `codepipeline/name` for a pipeline.
    pub initiator: String,
    /// The commit or artifact that it builds.
    pub source_version: String,
    /// Its phases so far; the last one may still run.
    pub phases: Vec<BuildPhase>,
    /// When it started.
    pub started_at: Millis,
    /// When it was over.
    pub ended_at: Option<Millis>,
}

impl Build {
    /// The part of its id after the project, which is the name of its log
    /// stream too.
    pub fn stream(&self) -> &str {
        self.id.rsplit(':').next().unwrap_or(&self.id)
    }

    /// The log group of its project.
    pub fn log_group(&self) -> String {
        format!("/aws/codebuild/{}", self.project)
    }
}

/// A phase of a build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BuildPhase {
    /// `SUBMITTED`, `INSTALL`, `BUILD`, ….
    pub name: String,
    /// How it stands; absent for `COMPLETED`.
    pub status: Option<BuildStatus>,
    /// When it began.
    pub started_at: Millis,
    /// When it ended.
    pub ended_at: Option<Millis>,
    /// What it says about its end: code and message. Empty for a success.
    pub context: Option<(String, String)>,
}

/// How a build fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildFailure {
    /// The phase: `DOWNLOAD_SOURCE`, `INSTALL`, `PRE_BUILD`, `BUILD`,
    /// `POST_BUILD` or `UPLOAD_ARTIFACTS`.
    pub phase: String,
    /// The code, `COMMAND_EXECUTION_ERROR`.
    pub code: String,
    /// In words.
    pub message: String,
}

impl BuildFailure {
    /// A command of the phase BUILD ended with this exit code.
    pub fn command(command: &str, exit_code: i32) -> BuildFailure {
        BuildFailure {
            phase: "BUILD".to_owned(),
            code: "COMMAND_EXECUTION_ERROR".to_owned(),
            message: format!(
                "Error while executing command: {command}. Reason: exit status {exit_code}"
            ),
        }
    }
}

/// A line of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogEvent {
    /// When it was written.
    pub at: Millis,
    /// What it says.
    pub message: String,
}
