use card::Gate as Verdict;
use events::{Phase, State};

use crate::{
    Gate, Instances,
    works::{Work, standing},
};

/// The hooks, in the order in which a deployment comes to them.
/// <https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html>
const HOOKS: &[&str] = &[
    "BeforeInstall",
    "AfterInstall",
    "AfterAllowTestTraffic",
    "BeforeAllowTraffic",
    "AfterAllowTraffic",
];

/// Where a hook stands among the others; those that nobody knows come last.
pub(crate) fn hook_order(hook: &str) -> usize {
    let known = HOOKS.iter().position(|known| *known == hook);
    known.unwrap_or(HOOKS.len())
}

/// The gates of these that have decided, in the order of their hooks.
pub(crate) fn gates(works: &[Work<'_>]) -> Vec<Gate> {
    let mut all: Vec<(&str, &Verdict)> = works.iter().flat_map(|work| work.gates()).collect();
    all.sort_by_key(|(hook, _)| (hook_order(hook), *hook));
    all.into_iter()
        .map(|(hook, gate)| Gate {
            hook: hook.to_owned(),
            phase: standing(&gate.run),
            reason: reason(gate).unwrap_or_default().to_owned(),
            version: gate.task_definition.as_deref().map(version),
        })
        .collect()
}

/// What a gate says of its verdict.
pub(crate) fn reason(gate: &Verdict) -> Option<&str> {
    let said = gate.said.as_ref()?;
    Some(said.value.reason.as_str()).filter(|reason| !reason.trim().is_empty())
}

/// `family:revision` out of a task definition's ARN.
pub(crate) fn version(task_definition: &str) -> String {
    let bare = match task_definition.starts_with("arn:") {
        true => task_definition.rsplit('/').next(),
        false => None,
    };
    bare.unwrap_or(task_definition).to_owned()
}

/// The instances of these, counted. None where there are none.
pub(crate) fn instances(works: &[Work<'_>]) -> Option<Instances> {
    let mut all = Instances::default();
    for work in works {
        let Work::Deployment(_, deployment) = work else {
            continue;
        };
        let known = deployment.instances.values();
        let known = known.map(|instance| (standing(&instance.run), 1));
        let known = count(known);
        let overview = deployment.overview.iter().flat_map(|said| &said.value);
        let overview = count(overview.map(|(word, number)| {
            let number = usize::try_from(*number).unwrap_or(usize::MAX);
            (State::of(word).phase, number)
        }));
        // Whichever has heard of more; an end stays one.
        let total = known.all.max(overview.all);
        let succeeded = known.succeeded.max(overview.succeeded);
        let failed = known.failed.max(overview.failed);
        let left = total.saturating_sub(succeeded).saturating_sub(failed);
        let running = match standing(&deployment.run).is_end() {
            true => 0,
            false => known.running.max(overview.running).min(left),
        };
        all = Instances {
            all: all.all.saturating_add(total),
            succeeded: all.succeeded.saturating_add(succeeded.min(total)),
            failed: all.failed.saturating_add(failed.min(total)),
            running: all.running.saturating_add(running),
        };
    }
    (all.all > 0).then_some(all)
}

fn count(phases: impl Iterator<Item = (Phase, usize)>) -> Instances {
    let mut counted = Instances::default();
    for (phase, number) in phases {
        let place = match phase {
            Phase::Succeeded => Some(&mut counted.succeeded),
            Phase::Failed => Some(&mut counted.failed),
            Phase::Running | Phase::Stopping => Some(&mut counted.running),
            Phase::Waiting | Phase::Stopped | Phase::Unknown => None,
        };
        if let Some(place) = place {
            *place = place.saturating_add(number);
        }
        counted.all = counted.all.saturating_add(number);
    }
    counted
}
