//! How builds run, what they put on the bus, and what they log.

use serde_json::{Value, json};

use crate::{
    Build, BuildPhase, BuildStatus, LogEvent, Millis, World,
    dates::{codebuild, iso8601},
};

/// The phases of a build, in order, and how long each takes, in seconds.
pub(crate) const PHASES: &[(&str, f64)] = &[
    ("SUBMITTED", 0.0),
    ("QUEUED", 0.0),
    ("PROVISIONING", 6.0),
    ("DOWNLOAD_SOURCE", 2.0),
    ("INSTALL", 1.0),
    ("PRE_BUILD", 2.0),
    ("BUILD", 20.0),
    ("POST_BUILD", 3.0),
    ("UPLOAD_ARTIFACTS", 1.0),
    ("FINALIZING", 1.0),
];

impl World {
    /// The build with this id or ARN.
    pub fn build(&self, id_or_arn: &str) -> Option<&Build> {
        let id = id_or_arn.rsplit('/').next().unwrap_or(id_or_arn);
        self.builds.iter().find(|build| build.id == id)
    }

    /// Puts a build as it is, in place of the one with its id. No event tells
    /// of it.
    pub fn put_build(&mut self, build: Build) {
        self.builds.retain(|other| other.id != build.id);
        self.builds.push(build);
    }

    /// Starts a build in its first phase and returns its id.
    pub fn start_build(
        &mut self,
        project: &str,
        initiator: &str,
        source: &str,
        now: Millis,
    ) -> String {
        let id = format!("{project}:{}", self.next_uuid());
        let before = self.builds.iter().filter(|b| b.project == project).count();
        self.builds.push(Build {
            id: id.clone(),
            project: project.to_owned(),
            number: u64::try_from(before).unwrap_or(u64::MAX).saturating_add(1),
            status: BuildStatus::InProgress,
            initiator: initiator.to_owned(),
            source_version: source.to_owned(),
            phases: vec![phase("SUBMITTED", now)],
            started_at: now,
            ended_at: None,
        });
        self.announce_build(&id, now);
        id
    }

    /// Ends the phase that a build is in and begins the next one; after the
    /// last one the build is over, and fails if a phase did. `context`: code
    /// and message. `false` when the build is not there or over.
    pub fn end_build_phase(
        &mut self,
        id: &str,
        status: BuildStatus,
        context: Option<(String, String)>,
        now: Millis,
    ) -> bool {
        let Some(build) = self
            .builds
            .iter_mut()
            .find(|b| b.id == id && b.ended_at.is_none())
        else {
            return false;
        };
        let Some(last) = build.phases.last_mut() else {
            return false;
        };
        last.status = Some(status);
        last.ended_at = Some(now);
        last.context = context;
        let failed = status != BuildStatus::Succeeded;
        let next = next_phase(&last.name, failed);
        build.phases.push(phase(next, now));
        if next == "COMPLETED" {
            let bad = build.phases.iter().filter_map(|p| p.status);
            let bad = bad.into_iter().find(|s| *s != BuildStatus::Succeeded);
            build.status = bad.unwrap_or(BuildStatus::Succeeded);
            build.ended_at = Some(now);
        }
        self.announce_phase(id, now);
        if next == "COMPLETED" {
            self.announce_build(id, now);
        }
        true
    }

    /// Adds lines to a log stream, which is made if need be.
    pub fn put_log(&mut self, group: &str, stream: &str, lines: &[&str], now: Millis) {
        let group = self.logs.entry(group.to_owned()).or_default();
        let stream = group.entry(stream.to_owned()).or_default();
        stream.extend(lines.iter().map(|line| LogEvent {
            at: now,
            message: (*line).to_owned(),
        }));
    }

    /// `CodeBuild Build State Change`.
    fn announce_build(&mut self, id: &str, now: Millis) {
        let Some(build) = self.build(id) else {
            return;
        };
        let current = build.phases.last().map_or("SUBMITTED", |p| p.name.as_str());
        let detail = json!({
            "build-status": build.status,
            "project-name": build.project,
            "build-id": self.arn("codebuild", &format!("build/{}", build.id)),
            "additional-information": self.information(build),
            "current-phase": current,
            "current-phase-context": "[]",
            "version": "1",
        });
        self.put_of_build(id, "CodeBuild Build State Change", detail, now);
    }

    /// `CodeBuild Build Phase Change`, of the phase before the last.
    fn announce_phase(&mut self, id: &str, now: Millis) {
        let Some(build) = self.build(id) else {
            return;
        };
        let Some(phase) = build.phases.iter().rev().nth(1) else {
            return;
        };
        let ended = phase.ended_at.unwrap_or(now);
        let context = phase.context.as_ref();
        let detail = json!({
            "completed-phase": phase.name,
            "completed-phase-status": phase.status,
            "completed-phase-duration-seconds": ended.since(phase.started_at).as_secs() as f64,
            "completed-phase-start": codebuild(phase.started_at),
            "completed-phase-end": codebuild(ended),
            "completed-phase-context":
                context.map_or("[]".to_owned(), |(code, message)| format!("[{code}: {message}]")),
            "project-name": build.project,
            "build-id": self.arn("codebuild", &format!("build/{}", build.id)),
            "additional-information": self.information(build),
            "version": "1",
        });
        self.put_of_build(id, "CodeBuild Build Phase Change", detail, now);
    }

    fn put_of_build(&mut self, id: &str, kind: &str, detail: Value, now: Millis) {
        let resources = vec![self.arn("codebuild", &format!("build/{id}"))];
        self.put_own("aws.codebuild", kind, (resources, detail), now);
    }

    /// The beginning of a build knows neither phases nor log.
    fn information(&self, build: &Build) -> Value {
        let begun = build.phases.len() > 1;
        let (group, stream) = if begun {
            (build.log_group(), build.stream())
        } else {
            ("null".to_owned(), "null")
        };
        let mut logs = json!({
            "deep-link": format!(
                "https://console.aws.amazon.com/cloudwatch/home?region={}#logEvent:group={group};stream={stream}",
                self.region
            ),
        });
        if begun {
            logs["group-name"] = group.into();
            logs["stream-name"] = stream.into();
        }
        let mut information = json!({
            "artifact": {"location": ""},
            "cache": {"type": "NO_CACHE"},
            "environment": {
                "image": "aws/codebuild/standard:7.0",
                "privileged-mode": true,
                "image-pull-credentials-type": "CODEBUILD",
                "compute-type": "BUILD_GENERAL1_SMALL",
                "type": "LINUX_CONTAINER",
                "environment-variables": [],
            },
            "timeout-in-minutes": 60.0,
            "queued-timeout-in-minutes": 480.0,
            "build-complete": build.ended_at.is_some(),
            "build-number": build.number as f64,
            "initiator": build.initiator,
            "build-start-time": codebuild(build.started_at),
            "source": {"type": "CODEPIPELINE"},
            "source-version": build.source_version,
            "logs": logs,
        });
        if begun {
            information["phases"] = build.phases.iter().map(phase_json).collect();
        }
        information
    }
}

fn phase_json(phase: &BuildPhase) -> Value {
    let mut json = json!({
        "start-time": codebuild(phase.started_at),
        "phase-type": phase.name,
    });
    if let Some(ended) = phase.ended_at {
        let context = phase.context.as_ref();
        // What a success says of itself is empty, but it says it.
        let (code, message) = context.map_or(("", ""), |(c, m)| (c.as_str(), m.as_str()));
        json["phase-context"] = json!([format!("{code}: {message}")]);
        json["end-time"] = codebuild(ended).into();
        json["duration-in-seconds"] = (ended.since(phase.started_at).as_secs() as f64).into();
        json["phase-status"] = phase.status.map(BuildStatus::as_str).into();
    }
    json
}

fn phase(name: &str, now: Millis) -> BuildPhase {
    BuildPhase {
        name: name.to_owned(),
        status: (name != "COMPLETED").then_some(BuildStatus::InProgress),
        started_at: now,
        ended_at: None,
        context: None,
    }
}

/// What comes after a phase. A failure ends the build, but POST_BUILD follows
/// BUILD all the same.
fn next_phase(name: &str, failed: bool) -> &'static str {
    if name == "FINALIZING" {
        return "COMPLETED";
    }
    if failed && name != "BUILD" {
        return "FINALIZING";
    }
    let at = PHASES.iter().position(|(phase, _)| *phase == name);
    let next = at.and_then(|at| PHASES.get(at + 1));
    next.map_or("FINALIZING", |(name, _)| name)
}

/// A line as CodeBuild itself writes it.
pub(crate) fn container_line(text: &str, now: Millis) -> String {
    let date = iso8601(now)
        .replace('-', "/")
        .replace('T', " ")
        .replace('Z', "000");
    format!("[Container] {date} {text}")
}
