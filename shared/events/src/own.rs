//! This project's own events: gates' verdicts, and what other tools put on the
//! bus.

use crate::{event::State, reader::Reader};

/// A gate has decided: `source` is `greenlight`, `detail-type` is `Greenlight
/// Gate Verdict`.
#[derive(Debug, Clone, PartialEq)]
pub struct GateVerdict {
    /// The lifecycle event, `BeforeAllowTraffic`.
    pub hook: String,
    /// CodeDeploy's deployment id, or the ARN of the ECS service deployment.
    pub deployment: String,
    /// The application, or the cluster.
    pub application: Option<String>,
    /// The deployment group, or the service.
    pub group: Option<String>,
    /// The task definition that was judged.
    pub task_definition: Option<String>,
    /// The verdict.
    pub state: State,
    /// Why, in one line.
    pub reason: Option<String>,
    /// The evidence, as far as the event has it.
    pub outcomes: Vec<GateOutcome>,
}

/// What one check of a gate found.
#[derive(Debug, Clone, PartialEq)]
pub struct GateOutcome {
    /// The check.
    pub check: String,
    /// How it ended.
    pub state: State,
    /// What had to be.
    pub expected: Option<String>,
    /// What was.
    pub got: Option<String>,
    /// What to do about it.
    pub remedy: Option<String>,
}

/// Another tool tells of itself: `detail-type` is `Greenlight Tool Event`, the
/// `source` is the tool's own.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolEvent {
    /// The tool, `jenkins`; without one, the event's source.
    pub tool: String,
    /// What it works on: a job, a project. Required.
    pub subject: String,
    /// Which run of it; events of one run make one card. Required.
    pub run: String,
    /// The run's state, or the step's, if there is one. Required.
    pub state: State,
    /// The step of the run that this is about.
    pub step: Option<String>,
    /// From 1.
    pub attempt: u64,
    /// What there is to say, in words.
    pub message: Option<String>,
    /// The run's page.
    pub url: Option<String>,
    /// The commit.
    pub commit: Option<String>,
    /// The branch.
    pub branch: Option<String>,
    /// Who set it off.
    pub author: Option<String>,
    /// The execution of a pipeline that it belongs to: `pipeline` and
    /// `execution`.
    pub execution: Option<crate::pipeline::ExecutionId>,
}

pub(crate) fn verdict(detail: Reader<'_>) -> Option<GateVerdict> {
    let outcomes = detail.list("outcomes").iter().filter_map(|value| {
        let outcome = Reader::new(value);
        Some(GateOutcome {
            check: outcome.text("check")?,
            state: outcome.state("status"),
            expected: outcome.text("expected"),
            got: outcome.text("got"),
            remedy: outcome.text("remedy"),
        })
    });
    Some(GateVerdict {
        hook: detail.text("hook")?,
        deployment: detail.text("deploymentId")?,
        application: detail.first(&["application", "cluster"]),
        group: detail.first(&["deploymentGroup", "service"]),
        task_definition: detail.text("taskDefinition"),
        state: detail.state("status"),
        reason: detail.text("reason"),
        outcomes: outcomes.collect(),
    })
}

pub(crate) fn tool(detail: Reader<'_>, source: &str) -> Option<ToolEvent> {
    let execution = detail.text("pipeline").zip(detail.text("execution"));
    detail.text("state")?;
    Some(ToolEvent {
        tool: detail.text("tool").unwrap_or_else(|| source.to_owned()),
        subject: detail.text("subject")?,
        run: detail.text("run")?,
        state: detail.state("state"),
        step: detail.text("step"),
        attempt: detail.count("attempt").unwrap_or(1).max(1),
        message: detail.text("message"),
        url: detail.text("url"),
        commit: detail.text("commit"),
        branch: detail.text("branch"),
        author: detail.text("author"),
        execution: execution.map(|(pipeline, execution)| crate::pipeline::ExecutionId {
            pipeline,
            execution,
        }),
    })
}
