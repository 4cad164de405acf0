//! CodeBuild: builds and their phases.
//! <https://docs.aws.amazon.com/codebuild/latest/userguide/sample-build-notifications.html>
//!
//! Environment variables have no place in these types: their values are in the
//! event in plain text, and must not get any further.

use serde_json::Value;

use crate::{
    event::State,
    moment::Moment,
    reader::{Reader, text},
};

/// A build changed its state.
#[derive(Debug, Clone, PartialEq)]
pub struct Build {
    /// What is told of the build at every change.
    pub about: AboutBuild,
    /// Its state.
    pub state: State,
    /// The phase that it is in.
    pub phase: Option<String>,
}

/// A phase of a build ended.
#[derive(Debug, Clone, PartialEq)]
pub struct BuildPhase {
    /// What is told of the build at every change.
    pub about: AboutBuild,
    /// The phase.
    pub phase: String,
    /// How it ended.
    pub state: State,
    /// What it says about that.
    pub context: Vec<String>,
}

/// What is told of a build at every change.
#[derive(Debug, Clone, PartialEq)]
pub struct AboutBuild {
    /// `project:uuid`, as CodePipeline names it too.
    pub id: String,
    /// The project.
    pub project: String,
    /// Its number in the project.
    pub number: Option<u64>,
    /// Who started it; `codepipeline/name` for a pipeline.
    pub initiator: Option<String>,
    /// The version of the source.
    pub source_version: Option<String>,
    /// When it started.
    pub started: Option<Moment>,
    /// Where its log is.
    pub log: BuildLog,
    /// The phases that have ended, in order.
    pub phases: Vec<EndedPhase>,
}

/// Where a build's log is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BuildLog {
    /// The log group.
    pub group: Option<String>,
    /// The log stream.
    pub stream: Option<String>,
    /// Its page.
    pub url: Option<String>,
}

/// A phase that has ended.
#[derive(Debug, Clone, PartialEq)]
pub struct EndedPhase {
    /// Its name, `POST_BUILD`.
    pub phase: String,
    /// How it ended.
    pub state: State,
    /// What it says about that.
    pub context: Vec<String>,
    /// In seconds.
    pub seconds: Option<u64>,
}

impl AboutBuild {
    /// The pipeline that started it.
    pub fn pipeline(&self) -> Option<&str> {
        self.initiator.as_deref()?.strip_prefix("codepipeline/")
    }
}

pub(crate) fn build(detail: Reader<'_>) -> Option<Build> {
    Some(Build {
        about: about(detail)?,
        state: detail.state("build-status"),
        phase: detail.text("current-phase"),
    })
}

pub(crate) fn phase(detail: Reader<'_>) -> Option<BuildPhase> {
    Some(BuildPhase {
        about: about(detail)?,
        phase: detail.text("completed-phase")?,
        state: detail.state("completed-phase-status"),
        context: context(detail.value("completed-phase-context")),
    })
}

fn about(detail: Reader<'_>) -> Option<AboutBuild> {
    let arn = detail.text("build-id")?;
    let more = detail.under("additional-information");
    let logs = more.under("logs");
    let url = logs.text("deep-link").filter(|url| !url.contains("=null"));
    Some(AboutBuild {
        id: arn
            .rsplit_once('/')
            .map_or(arn.as_str(), |(_, id)| id)
            .to_owned(),
        project: detail.text("project-name")?,
        number: more.count("build-number"),
        initiator: more.text("initiator"),
        source_version: more.text("source-version"),
        started: more.time("build-start-time"),
        log: BuildLog {
            group: logs.text("group-name"),
            stream: logs.text("stream-name"),
            url,
        },
        phases: more.list("phases").iter().filter_map(ended).collect(),
    })
}

fn ended(value: &Value) -> Option<EndedPhase> {
    let phase = Reader::new(value);
    // The last one has not ended, and says so by having no status.
    phase.text("phase-status")?;
    Some(EndedPhase {
        phase: phase.text("phase-type")?,
        state: phase.state("phase-status"),
        context: context(phase.value("phase-context")),
        seconds: phase.count("duration-in-seconds"),
    })
}

/// A list of texts, or a text in brackets; `": "` says nothing.
fn context(value: Option<&Value>) -> Vec<String> {
    let texts = match value {
        Some(Value::Array(list)) => list.iter().filter_map(text).collect(),
        Some(line @ Value::String(_)) => {
            let line = text(line).unwrap_or_default();
            let bare = line.strip_prefix('[').and_then(|l| l.strip_suffix(']'));
            vec![bare.unwrap_or(&line).trim().to_owned()]
        }
        _ => Vec::new(),
    };
    let says = |text: &String| text.chars().any(char::is_alphanumeric);
    texts.into_iter().filter(says).collect()
}
