use diagnosis::{Diagnosis, Origin, Role, Text};
use events::Phase;

use crate::{
    failures::{Case, failed_phases},
    notes::tasks,
    works::{Work, standing},
};

/// The most instances that a failure names.
const INSTANCES: usize = 10;

/// What is said of a failure, what tells most first.
pub(crate) struct Words {
    /// A text each, none of them within another one.
    pub(crate) words: Vec<String>,
    /// The first line of the first one.
    pub(crate) best: Option<String>,
}

/// What the services say of a failure: what is recognised in.
pub(crate) fn texts(case: &Case<'_>) -> Vec<Text> {
    let mut texts: Vec<Text> = Vec::new();
    let mut add = |origin, text: &str| {
        let text = text.trim();
        let is_known = texts
            .iter()
            .any(|known| known.origin == origin && known.text == text);
        if !text.is_empty() && !is_known {
            let text = text.to_owned();
            texts.push(Text { origin, text });
        }
    };
    match case.work {
        Some(Work::Build(_, build)) => {
            for (_, said) in failed_phases(build) {
                add(Origin::BuildPhase, said.unwrap_or_default());
            }
        }
        Some(Work::Deployment(_, deployment)) => {
            if let Some((code, message)) = &deployment.error {
                let both: Vec<&str> = (code.iter().chain(message)).map(String::as_str).collect();
                add(Origin::Deployment, &both.join(": "));
            }
        }
        Some(Work::Ecs(_, deployment)) => {
            let reason = deployment.reason.as_ref();
            add(Origin::Service, reason.map_or("", |said| &said.value));
            for task in tasks(deployment) {
                add(Origin::Task, &task);
            }
        }
        None => {}
    }
    let mut has_log = false;
    for finding in &case.findings {
        for text in &finding.texts {
            has_log |= text.origin == Origin::BuildLog;
            add(text.origin, &text.text);
        }
    }
    for finding in case.findings.iter().filter(|_| !has_log) {
        add(Origin::BuildLog, &finding.log.join("\n"));
    }
    if let Some(said) = case.run.and_then(|run| run.summary.as_ref()) {
        add(Origin::Action, &said.value);
    }
    texts
}

/// What tells most comes first: CodePipeline repeats what others say, or says
/// only that something failed.
fn rank(origin: Origin) -> usize {
    match origin {
        Origin::BuildPhase => 0,
        Origin::LifecycleEvent => 1,
        Origin::Task => 2,
        Origin::Deployment => 3,
        Origin::Service => 4,
        Origin::Action => 5,
        // A log is shown as one.
        Origin::BuildLog => 6,
    }
}

impl Words {
    pub(crate) fn of(case: &Case<'_>, texts: &[Text], diagnoses: &[Diagnosis]) -> Self {
        let causes = diagnoses.iter().filter(|d| d.failure.role == Role::Cause);
        let causes: Vec<Origin> = causes.map(|d| d.origin).collect();
        let mut said: Vec<&Text> = (texts.iter())
            .filter(|text| text.origin != Origin::BuildLog)
            .collect();
        said.sort_by_key(|text| (!causes.contains(&text.origin), rank(text.origin)));
        let mut words: Vec<String> = said.iter().map(|text| text.text.clone()).collect();
        words.extend(parts(case));
        let code = case.run.and_then(|run| run.code.clone());
        if words.is_empty() {
            words.extend(code);
        }
        let words = without_repeats(&words);
        let best = words.first().and_then(|text| text.lines().next());
        Self {
            best: best.map(|line| line.trim().to_owned()),
            words,
        }
    }
}

/// Which instances and hooks failed, where they are told by themselves.
fn parts(case: &Case<'_>) -> Vec<String> {
    match case.work {
        Some(Work::Deployment(_, deployment)) => {
            let failed: Vec<String> = (deployment.instances.iter())
                .filter(|(_, instance)| standing(&instance.run) == Phase::Failed)
                .map(|(id, instance)| {
                    let at: Vec<&str> = instance.failed.keys().map(String::as_str).collect();
                    match at.is_empty() {
                        true => format!("instance {id} failed"),
                        false => format!("instance {id} failed at {}", at.join(", ")),
                    }
                })
                .collect();
            let more = failed.len().saturating_sub(INSTANCES);
            let mut words: Vec<String> = failed.into_iter().take(INSTANCES).collect();
            words.extend((more > 0).then(|| format!("{more} more instances failed")));
            words
        }
        Some(Work::Ecs(_, deployment)) => (deployment.hooks.values())
            .filter(|hook| standing(&hook.run) == Phase::Failed)
            .map(|hook| {
                let kind = hook.kind.as_deref().unwrap_or("lifecycle");
                let stage = hook.stage.as_deref().unwrap_or("an unknown stage");
                let word = hook.run.standing.as_ref().map_or("", |s| &s.word);
                format!("{kind} hook at {stage}: {word}")
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Texts without those that others hold.
fn without_repeats(texts: &[String]) -> Vec<String> {
    let plain: Vec<String> = texts.iter().map(|text| plain(text)).collect();
    let is_repeat = |n: usize, text: &String| {
        plain
            .iter()
            .enumerate()
            .any(|(m, other)| m != n && other.contains(text) && (other != text || m < n))
    };
    (texts.iter().zip(&plain).enumerate())
        .filter(|(n, (_, plain))| !plain.is_empty() && !is_repeat(*n, plain))
        .map(|(_, (text, _))| text.clone())
        .collect()
}

/// A text as it is compared: whatever its case and its spaces.
fn plain(text: &str) -> String {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ").trim_end_matches('.').to_owned()
}
