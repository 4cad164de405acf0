//! What a rehearsal came to: collected while it goes on, told at its end. Pure.

use local_aws::{UnknownHook, Update};
use local_slack::Posted;
use serde::Serialize;
use serde_json::{Value, json};
use world::{
    DeploymentStatus, Ending, Event, LifecycleEventStatus, Millis, ServiceDeploymentStatus,
};

use super::{channel, logged, timeline::short};
use crate::{
    functions,
    input::Remark,
    show::{self, Tone},
    traffic::Count,
};

/// The document of `--json`, and the lines at the end.
#[derive(Debug)]
pub(crate) struct Report {
    protocol: &'static str,
    notes: Vec<String>,
    deployment: String,
    started: Millis,
    elapsed_ms: u64,
    ending: Option<Ending>,
    rollback: Option<Rollback>,
    hooks: Vec<HookReport>,
    traffic: Count,
    /// The messages that stand in the channel.
    messages: Vec<Posted>,
}

#[derive(Debug, Serialize)]
struct Rollback {
    deployment: String,
    status: Option<String>,
}

/// One hook: what it was called for, what it reported, and why.
#[derive(Debug, Serialize)]
struct HookReport {
    event: String,
    function: String,
    execution: String,
    status: Option<&'static str>,
    /// What became of it where its function gave no verdict.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// The verdict with its evidence, as the function logged it.
    verdict: Option<Value>,
}

impl Report {
    pub(crate) fn new(native: bool, remarks: &[Remark]) -> Self {
        Self {
            protocol: if native { "ecs" } else { "codedeploy" },
            notes: remarks.iter().map(ToString::to_string).collect(),
            deployment: String::new(),
            started: Millis(0),
            elapsed_ms: 0,
            ending: None,
            rollback: None,
            hooks: vec![],
            traffic: Count::default(),
            messages: vec![],
        }
    }

    /// Takes in what stands in the channel at the end.
    pub(crate) fn told(&mut self, messages: Vec<Posted>) {
        self.messages = messages;
    }

    pub(crate) fn begin(&mut self, deployment: &str, started: Millis) {
        self.deployment = deployment.to_owned();
        self.started = started;
    }

    pub(crate) fn end(&mut self, now: Millis, traffic: Count) {
        let took = now.since(self.started).as_millis();
        self.elapsed_ms = u64::try_from(took).unwrap_or(u64::MAX);
        self.traffic = traffic;
    }

    /// Takes an update in.
    pub(crate) fn take(&mut self, update: &Update) {
        match update {
            Update::Happened(happening) => self.happened(&happening.what),
            Update::Log(line) => self.logged(&line.text),
            Update::UnknownHook {
                execution,
                function,
                answered,
                ..
            } => self.note(execution, unknown(function, *answered)),
            Update::Invoked {
                execution,
                failure: Some(why),
                ..
            } => self.note(execution, why.clone()),
            _ => {}
        }
    }

    fn happened(&mut self, event: &Event) {
        match event {
            Event::HookInvoked {
                step,
                function,
                execution,
                ..
            } if !self.hooks.iter().any(|hook| hook.execution == *execution) => {
                self.hooks.push(HookReport {
                    event: step.as_str().to_owned(),
                    function: function.clone(),
                    execution: execution.clone(),
                    status: None,
                    note: None,
                    verdict: None,
                });
            }
            Event::HookReported {
                execution, status, ..
            } => self.status(execution, *status),
            Event::HookTimedOut { execution, .. } => {
                self.note(execution, "it reported no status in time".to_owned());
            }
            Event::RollbackStarted {
                deployment,
                rollback,
                ..
            } if *deployment == self.deployment && rollback != deployment => {
                self.expect_rollback(rollback);
            }
            Event::DeploymentEnded { deployment, ending } => {
                if *deployment == self.deployment {
                    self.ending = Some(ending.clone());
                } else if let Some(rollback) = &mut self.rollback
                    && rollback.deployment == *deployment
                {
                    rollback.status = Some(word(ending).to_owned());
                }
            }
            _ => {}
        }
    }

    /// It is not over before this one is, too.
    pub(crate) fn expect_rollback(&mut self, rollback: &str) {
        self.rollback.get_or_insert_with(|| Rollback {
            deployment: rollback.to_owned(),
            status: None,
        });
    }

    fn status(&mut self, execution: &str, status: LifecycleEventStatus) {
        if let Some(hook) = self.hook(execution) {
            hook.status = Some(status.as_str());
        }
    }

    fn note(&mut self, execution: &str, text: String) {
        if let Some(hook) = self.hook(execution) {
            hook.note.get_or_insert(text);
        }
    }

    fn hook(&mut self, execution: &str) -> Option<&mut HookReport> {
        self.hooks
            .iter_mut()
            .find(|hook| hook.execution == execution)
    }

    fn logged(&mut self, text: &str) {
        let Some(value) = logged(text, "verdict") else {
            return;
        };
        // Of the hooks that are called, those of this event that have no
        // verdict yet: the last one, as a hook can be called again.
        let event = value["stage"]
            .as_str()
            .or(value["hook"].as_str())
            .unwrap_or_default();
        let hook = self.hooks.iter_mut().rev().find(|hook| {
            hook.event == event
                && hook.verdict.is_none()
                && functions::carried(&hook.function).is_some()
        });
        if let Some(hook) = hook {
            hook.verdict = Some(value);
        }
    }

    /// Whether a hook's verdict was read.
    pub(crate) fn has_verdict(&self, execution: &str) -> bool {
        let hook = self.hooks.iter().find(|hook| hook.execution == execution);
        hook.is_some_and(|hook| hook.verdict.is_some())
    }

    /// Whether nothing more will happen.
    pub(crate) fn is_over(&self) -> bool {
        let rolled_back = self.rollback.as_ref().is_none_or(|r| r.status.is_some());
        self.ending.is_some() && rolled_back
    }

    /// Whether green serves.
    pub(crate) fn succeeded(&self) -> bool {
        match &self.ending {
            Some(Ending::CodeDeploy { status, .. }) => *status == DeploymentStatus::Succeeded,
            Some(Ending::Native { status, .. }) => *status == ServiceDeploymentStatus::Successful,
            None => false,
        }
    }

    /// The lines at the end.
    pub(crate) fn summary(&self) -> Vec<(Tone, String)> {
        #[expect(clippy::cast_precision_loss, reason = "shown to a tenth")]
        let took = show::time(self.elapsed_ms as f64);
        let name = short(&self.deployment);
        let mut lines = vec![(Tone::Plain, String::new())];
        lines.push(match (&self.ending, self.succeeded()) {
            (_, true) => (
                Tone::Good,
                format!("{name} succeeded in {took}: green serves."),
            ),
            (Some(_), false) => (
                Tone::Bad,
                format!("{name} was stopped after {took}: blue serves."),
            ),
            (None, _) => (Tone::Bad, format!("{name} did not end")),
        });
        for hook in &self.hooks {
            let reason = hook.verdict.as_ref().and_then(|v| v["reason"].as_str());
            if let Some(reason) = reason.or(hook.note.as_deref())
                && hook.status != Some("Succeeded")
            {
                lines.push((Tone::Bad, format!("{}: {reason}", hook.event)));
            }
        }
        let count = &self.traffic;
        let tone = if count.failed == 0 {
            Tone::Good
        } else {
            Tone::Bad
        };
        let failed = match &count.first_failure {
            None => "none failed".to_owned(),
            Some(first) => format!("{} failed, first with {first}", count.failed),
        };
        lines.push((
            tone,
            format!(
                "Production was asked {} times meanwhile, {failed}.",
                count.sent()
            ),
        ));
        lines.extend(self.in_the_channel());
        lines
    }

    /// What stands in the channel at the end, with what is in threads.
    fn in_the_channel(&self) -> Vec<(Tone, String)> {
        let mut lines = Vec::new();
        for message in &self.messages {
            lines.push((Tone::Plain, String::new()));
            let changed = match message.versions.len() {
                1 => "posted once".to_owned(),
                n => format!("posted once, updated {}", show::times(n - 1)),
            };
            let head = format!("In {}, {changed}:", channel::CHANNEL);
            lines.push((Tone::Plain, head));
            let own = channel::lines(message);
            lines.extend(
                own.into_iter()
                    .map(|line| (Tone::Told, format!("  {line}"))),
            );
            for reply in &message.replies {
                lines.push((Tone::Plain, "  in its thread:".to_owned()));
                let own = channel::lines(reply);
                lines.extend(
                    own.into_iter()
                        .map(|line| (Tone::Told, format!("    {line}"))),
                );
            }
        }
        lines
    }

    /// The document.
    pub(crate) fn document(&self) -> Value {
        let error = match &self.ending {
            Some(Ending::CodeDeploy { error, .. }) => json!(error),
            Some(Ending::Native { reason, .. }) => json!(reason),
            None => Value::Null,
        };
        json!({
            "protocol": self.protocol,
            "deployment": {
                "id": self.deployment,
                "status": self.ending.as_ref().map(word),
                "error": error,
                "rollback": self.rollback,
            },
            "succeeded": self.succeeded(),
            "hooks": self.hooks,
            "traffic": self.traffic,
            "notes": self.notes,
            "messages": channel::document(&self.messages),
            "elapsedMs": self.elapsed_ms,
        })
    }
}

/// What was answered for a function that isn't there.
pub(super) fn unknown(function: &str, answered: UnknownHook) -> String {
    let answer = match answered {
        UnknownHook::Fail => "Failed; --unknown-hooks succeed lets it pass",
        UnknownHook::Succeed => "Succeeded",
        UnknownHook::Wait => "nothing",
    };
    format!("{function} is no function of this project; answered {answer}")
}

fn word(ending: &Ending) -> &'static str {
    match ending {
        Ending::CodeDeploy { status, .. } => status.as_str(),
        Ending::Native { status, .. } => status.as_str(),
    }
}
