//! What a rehearsal shows: each thing that happens, as lines. Pure.

use serde_json::Value;
use verdict::{Outcome, Status, Timing};
use world::{Ending, Event, Happening, LifecycleEventStatus, Millis, Step, TargetState, Traffic};

use super::channel::News;
use crate::show::{self, Line, Tone};

/// So many failures of a file are shown with their lines.
const MOST_FAILURES: usize = 5;

/// Turns what happens into lines. It knows when the deployment began, and
/// what was shown last of each probe.
#[derive(Debug)]
pub(crate) struct Timeline {
    start: Millis,
    /// The width of a step's name.
    step: usize,
    /// The step whose hook was called last.
    called: Option<Step>,
}

impl Timeline {
    /// A timeline of CodeDeploy's lifecycle events, or of ECS's stages.
    pub(crate) fn new(start: Millis, native: bool) -> Self {
        Self {
            start,
            step: if native { 29 } else { 21 },
            called: None,
        }
    }

    /// A happening of the world; none where it says nothing new.
    pub(crate) fn happening(&mut self, happening: &Happening) -> Option<Line> {
        if let Event::HookInvoked { step, .. } = &happening.what {
            self.called = Some(*step);
        }
        let step_line =
            |step: &str, tone, text: String| Some(self.line(happening.at, tone, step, &text));
        let under = |tone, text: String| Some(self.line(happening.at, tone, "", &text));
        match &happening.what {
            Event::DeploymentCreated {
                deployment,
                of,
                creator,
            } => {
                let by = match creator {
                    world::Creator::User => "",
                    world::Creator::Rollback => ", the rollback",
                };
                under(
                    Tone::Plain,
                    format!("deployment {} of {}/{}{by}", short(deployment), of.0, of.1),
                )
            }
            Event::StepEnded {
                step,
                status,
                took_ms,
                ..
            } => match status {
                LifecycleEventStatus::Skipped => {
                    step_line(step.as_str(), Tone::Quiet, "skipped".into())
                }
                LifecycleEventStatus::Succeeded if *took_ms == 0 => {
                    let text = match step {
                        Step::Lifecycle(event)
                            if event.takes_hook() && self.called != Some(*step) =>
                        {
                            "no hook"
                        }
                        _ => "done",
                    };
                    step_line(step.as_str(), Tone::Quiet, text.into())
                }
                LifecycleEventStatus::Succeeded => step_line(
                    step.as_str(),
                    Tone::Good,
                    format!("done in {}", time(*took_ms)),
                ),
                status => step_line(
                    step.as_str(),
                    Tone::Bad,
                    format!("{} after {}", status.as_str(), time(*took_ms)),
                ),
            },
            Event::HookInvoked { step, function, .. } => {
                step_line(step.as_str(), Tone::Plain, format!("calls {function}"))
            }
            Event::HookReported { step, status, .. } => {
                let tone = match status {
                    LifecycleEventStatus::Failed => Tone::Bad,
                    _ => Tone::Plain,
                };
                step_line(
                    step.as_str(),
                    tone,
                    format!("the hook reports {}", status.as_str()),
                )
            }
            Event::HookBroke {
                function, reason, ..
            } => under(Tone::Bad, format!("{function} broke: {reason}")),
            Event::HookTimedOut { step, .. } => step_line(
                step.as_str(),
                Tone::Bad,
                "no status of the hook in time".into(),
            ),
            Event::TrafficShifted {
                traffic,
                green_percent,
                ..
            } => {
                let who = match traffic {
                    Traffic::Production => "production",
                    Traffic::Test => "test",
                };
                under(
                    Tone::Plain,
                    format!("{who} traffic: {green_percent:.0} % to green"),
                )
            }
            Event::TaskRunning {
                task,
                address,
                port,
            } => under(
                Tone::Quiet,
                format!("task {} runs at {address}:{port}", shortest(task)),
            ),
            Event::TaskStopped {
                task,
                reason,
                expected: false,
                ..
            } => under(
                Tone::Bad,
                format!("task {} stopped: {reason}", shortest(task)),
            ),
            Event::TargetChanged {
                target_group,
                id,
                port,
                to: Some(to),
                reason,
                ..
            } => {
                let tone = match to {
                    TargetState::Healthy => Tone::Quiet,
                    TargetState::Unhealthy => Tone::Bad,
                    _ => return None,
                };
                let why = reason
                    .map(|r| format!(" ({})", r.as_str()))
                    .unwrap_or_default();
                under(
                    tone,
                    format!(
                        "target {id}:{port} of {target_group} is {}{why}",
                        to.as_str()
                    ),
                )
            }
            Event::RollbackStarted {
                rollback,
                reason,
                deployment,
            } => {
                let by = match rollback == deployment {
                    true => String::new(),
                    false => format!(" by {}", short(rollback)),
                };
                under(Tone::Bad, format!("rolled back{by}: {reason}"))
            }
            Event::DeploymentEnded { deployment, ending } => {
                let (tone, text) = ended(ending);
                under(tone, format!("deployment {} {text}", short(deployment)))
            }
            Event::StepStarted { .. }
            | Event::ListenerMoved { .. }
            | Event::TaskSetCreated { .. }
            | Event::TaskSetPrimary { .. }
            | Event::TaskStarting { .. }
            | Event::TaskStopped { .. }
            | Event::TargetChanged { to: None, .. } => None,
        }
    }

    /// A line of a function's log: an attempt of a probe, a file of smoke tests
    /// that has ended, a verdict with its evidence, a warning, or whatever a function that isn't ours says.
    pub(crate) fn logged(&self, at: Millis, text: &str) -> Vec<Line> {
        let Ok(value) = serde_json::from_str::<Value>(text) else {
            let text = verdict::shorten(text, 200);
            return match text.is_empty() {
                true => vec![],
                false => vec![self.line(at, Tone::Quiet, "", &format!("  {text}"))],
            };
        };
        let message = value["message"].as_str().unwrap_or_default();
        match message {
            "probe" => vec![self.attempt(at, &value)],
            "smoke" => self.tested(at, &value),
            "verdict" => self.verdict(at, &value),
            message => {
                let tone = match value["level"].as_str() {
                    Some("ERROR") => Tone::Bad,
                    _ => Tone::Quiet,
                };
                let why = value["why"].as_str().or(value["text"].as_str());
                let why = why.map(|why| format!(": {why}")).unwrap_or_default();
                let text = verdict::shorten(&format!("{message}{why}"), 300);
                vec![self.line(at, tone, "", &format!("  {text}"))]
            }
        }
    }

    fn attempt(&self, at: Millis, value: &Value) -> Line {
        let word = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        let number = |name: &str| value[name].as_u64().unwrap_or_default();
        let (tone, progress) = match value["passed"].as_bool() {
            Some(true) => (
                Tone::Good,
                format!("{}/{}", number("streak"), number("needed")),
            ),
            _ => (Tone::Bad, format!("0/{}", number("needed"))),
        };
        let text = format!(
            "  {progress}  {}, {}: {}",
            word("probe"),
            word("target"),
            verdict::shorten(&word("got"), 120)
        );
        self.line(at, tone, "", &text)
    }

    /// A file of smoke tests, and the lines of it that failed: what was expected
    /// there and what was is in the verdict's evidence.
    fn tested(&self, at: Millis, value: &Value) -> Vec<Line> {
        let number = |name: &str| value[name].as_u64().unwrap_or_default();
        let plural = |name: &str| {
            let number = usize::try_from(number(name)).unwrap_or(usize::MAX);
            show::count(number, name.trim_end_matches('s'))
        };
        let ending = value["ending"].as_str().unwrap_or_default();
        let tone = match value["level"].as_str() {
            Some("INFO") => Tone::Good,
            _ => Tone::Bad,
        };
        let text = format!(
            "  {ending}  {}: {}, {} in {}",
            value["file"].as_str().unwrap_or_default(),
            plural("requests"),
            plural("checks"),
            show::time(value["elapsedMs"].as_f64().unwrap_or_default())
        );
        let mut lines = vec![self.line(at, tone, "", &text)];
        let entries = value["failed"].as_array().into_iter().flatten();
        let failures = entries.flat_map(|entry| entry["failures"].as_array());
        for failure in failures.flatten().take(MOST_FAILURES) {
            let snippet = failure["snippet"].as_str().unwrap_or_default();
            for text in snippet.lines() {
                lines.push(self.line(at, Tone::Plain, "", &format!("      {text}")));
            }
        }
        lines
    }

    fn verdict(&self, at: Millis, value: &Value) -> Vec<Line> {
        let Ok(verdict) = serde_json::from_value::<verdict::Verdict>(value.clone()) else {
            return vec![];
        };
        let mut lines = vec![self.line(
            at,
            tone(verdict.status),
            "",
            &format!("verdict {}", verdict.status),
        )];
        if let Some(plan) = value["plan"].as_str() {
            lines.push(self.line(at, Tone::Quiet, "", &format!("  plan: {plan}")));
        }
        for outcome in &verdict.outcomes {
            for text in evidence(outcome) {
                lines.push(self.line(at, tone(outcome.status), "", &format!("  {text}")));
            }
        }
        lines
    }

    /// What was told in a channel.
    pub(crate) fn told(&self, at: Millis, channel: &str, news: &News) -> Line {
        let place = match news.in_thread {
            true => format!("{channel}, in the thread"),
            false => channel.to_owned(),
        };
        self.line(at, Tone::Told, "", &format!("{place}: {}", news.text))
    }

    /// A line with the time since the start, and the step that it belongs to.
    pub(crate) fn line(&self, at: Millis, tone: Tone, step: &str, text: &str) -> Line {
        let since = at.since(self.start).as_secs_f64();
        let width = self.step;
        let text = format!("{since:>6.1}s  {step:<width$}  {text}");
        Line {
            tone,
            text: text.trim_end().to_owned(),
        }
    }
}

/// An outcome with what it took: one line for what passed, and for what did
/// not, all that helps.
fn evidence(outcome: &Outcome) -> Vec<String> {
    let mut head = format!("{} {}", mark(outcome.status), outcome.check);
    if let Some(target) = &outcome.target {
        head.push_str(&format!(", {target}"));
    }
    let effort = effort(outcome);
    if outcome.status == Status::Passed {
        if let Some(got) = &outcome.got {
            head.push_str(&format!(": {got}"));
        }
        if let Some(effort) = effort {
            head.push_str(&format!(" ({effort})"));
        }
        return vec![head];
    }
    let mut lines = vec![head];
    let parts = [
        ("expected", outcome.expected.as_ref()),
        ("got", outcome.got.as_ref()),
        ("tried", effort.as_ref()),
        ("do", outcome.remedy.as_ref()),
    ];
    for (name, text) in parts {
        lines.extend(text.map(|text| format!("    {name:<8}  {text}")));
    }
    lines
}

/// How often and how long it was tried, and where the last attempt's time went.
fn effort(outcome: &Outcome) -> Option<String> {
    let attempts = match outcome.attempts {
        0 => return None,
        1 => "once".to_owned(),
        n => format!("{n} times"),
    };
    let mut text = format!("{attempts} in {}", show::time(outcome.elapsed_ms));
    if let Some(timing) = &outcome.timing {
        text.push_str(&format!("; the last took {}", phases(timing)));
    }
    Some(text)
}

fn phases(timing: &Timing) -> String {
    let phases = [
        ("dns", timing.dns),
        ("connect", timing.connect),
        ("tls", timing.tls),
        ("first byte", timing.first_byte),
    ];
    let parts: Vec<String> = phases
        .into_iter()
        .filter_map(|(name, time)| Some(format!("{name} {}", show::time(time?))))
        .collect();
    match parts.is_empty() {
        true => show::time(timing.total),
        false => format!("{}: {}", show::time(timing.total), parts.join(", ")),
    }
}

fn ended(ending: &Ending) -> (Tone, String) {
    match ending {
        Ending::CodeDeploy { status, error } => {
            let tone = match status {
                world::DeploymentStatus::Succeeded => Tone::Good,
                _ => Tone::Bad,
            };
            let why = error
                .as_ref()
                .map(|e| format!(": {}: {}", e.code, e.message));
            (
                tone,
                format!("{}{}", status.as_str(), why.unwrap_or_default()),
            )
        }
        Ending::Native { status, reason } => {
            let tone = match status {
                world::ServiceDeploymentStatus::Successful => Tone::Good,
                _ => Tone::Bad,
            };
            let why = reason.as_ref().map(|reason| format!(": {reason}"));
            (
                tone,
                format!("{}{}", status.as_str(), why.unwrap_or_default()),
            )
        }
    }
}

fn tone(status: Status) -> Tone {
    match status {
        Status::Passed => Tone::Good,
        Status::Failed | Status::Errored => Tone::Bad,
    }
}

fn mark(status: Status) -> &'static str {
    match status {
        Status::Passed => "+",
        Status::Failed => "x",
        Status::Errored => "!",
    }
}

/// A deployment's name: its id, or the last part of its ARN.
pub(crate) fn short(deployment: &str) -> &str {
    deployment.rsplit('/').next().unwrap_or(deployment)
}

/// The first digits of a task's id.
fn shortest(task: &str) -> &str {
    let id = short(task);
    id.get(..8).unwrap_or(id)
}

fn time(millis: u64) -> String {
    match millis {
        ms if ms < 1000 => format!("{ms}ms"),
        #[expect(clippy::cast_precision_loss, reason = "shown to a tenth")]
        ms => show::time(ms as f64),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use world::LifecycleEventName;

    use super::*;

    fn timeline() -> Timeline {
        Timeline::new(Millis(1_000), false)
    }

    fn shown(what: Event) -> Option<String> {
        let happening = Happening {
            at: Millis(2_500),
            what,
        };
        timeline().happening(&happening).map(|line| line.text)
    }

    #[test]
    fn a_step_shows_how_it_ended_and_how_long_it_took() {
        let ended = |status, took_ms| {
            shown(Event::StepEnded {
                deployment: "d-1".into(),
                step: Step::Lifecycle(LifecycleEventName::Install),
                status,
                took_ms,
            })
            .unwrap()
        };
        let ok = LifecycleEventStatus::Succeeded;
        assert_eq!(
            ended(ok, 250),
            "   1.5s  Install                done in 250ms"
        );
        assert_eq!(ended(ok, 0), "   1.5s  Install                done");
        assert_eq!(
            ended(LifecycleEventStatus::Failed, 61_200),
            "   1.5s  Install                Failed after 61.2s"
        );
    }

    #[test]
    fn a_probe_shows_its_progress() {
        let log = json!({"level": "INFO", "message": "probe", "probe": "liveness",
            "target": "the test listener", "passed": true, "streak": 2, "needed": 3, "got": "200 OK"});
        let lines = timeline().logged(Millis(1_000), &log.to_string());
        assert!(
            lines[0]
                .text
                .ends_with("2/3  liveness, the test listener: 200 OK"),
            "{lines:?}"
        );
        assert_eq!(lines[0].tone, Tone::Good);
    }

    #[test]
    fn a_file_of_smoke_tests_shows_the_lines_that_failed() {
        let log = json!({"level": "WARN", "message": "smoke", "file": "smoke/a.hurl",
            "ending": "failed", "requests": 1, "checks": 2, "elapsedMs": 5.2,
            "failed": [{"failures": [{"line": 4, "snippet": "4 | HTTP 201\n  |      ^^^"}]}]});
        let lines = timeline().logged(Millis(1_000), &log.to_string());
        let shown: Vec<_> = lines
            .iter()
            .map(|l| l.text.split_once("s ").unwrap().1.trim())
            .collect();
        assert_eq!(
            shown,
            [
                "failed  smoke/a.hurl: 1 request, 2 checks in 5.2ms",
                "4 | HTTP 201",
                "|      ^^^",
            ]
        );
        assert_eq!(lines[0].tone, Tone::Bad);
    }

    #[test]
    fn a_verdict_shows_its_evidence() {
        let log = json!({"level": "WARN", "message": "verdict", "hook": "BeforeAllowTraffic",
            "status": "Failed", "reason": "r", "outcomes": [{
                "check": "liveness", "status": "Failed", "expected": "status 200", "got": "503",
                "attempts": 4, "elapsedMs": 1500.0,
                "timing": {"connectMs": 0.4, "firstByteMs": 12.0, "totalMs": 12.6}}]});
        let lines = timeline().logged(Millis(1_000), &log.to_string());
        let lines: Vec<_> = lines[1..]
            .iter()
            .map(|l| l.text.split_once("s ").unwrap().1.trim())
            .collect();
        assert_eq!(
            lines,
            [
                "x liveness",
                "expected  status 200",
                "got       503",
                "tried     4 times in 1.5s; the last took 13ms: connect 0.4ms, first byte 12ms",
            ]
        );
    }

    #[test]
    fn what_a_foreign_function_says_is_shown_on_one_line() {
        let lines = timeline().logged(Millis(1_000), "plain\ttext");
        assert!(lines[0].text.ends_with("plain text"));
        assert!(timeline().logged(Millis(1_000), " ").is_empty());
        assert_eq!(timeline().logged(Millis(1_000), "[1, 2]").len(), 1);
    }
}
