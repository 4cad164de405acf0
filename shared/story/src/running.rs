use card::{Card, Key};
use events::Phase;

use crate::{
    Stage,
    works::{Work, Works, standing},
};

/// The phases of a build, in order.
/// <https://docs.aws.amazon.com/codebuild/latest/userguide/view-build-details-phases.html>
pub(crate) const PHASES: &[&str] = &[
    "SUBMITTED",
    "QUEUED",
    "PROVISIONING",
    "DOWNLOAD_SOURCE",
    "INSTALL",
    "PRE_BUILD",
    "BUILD",
    "POST_BUILD",
    "UPLOAD_ARTIFACTS",
    "FINALIZING",
    "COMPLETED",
];

/// What runs now, each from the outside to the inside.
pub(crate) fn running(
    key: &Key,
    card: &Card,
    works: &Works<'_>,
    (stages, whole): (&[Stage], Phase),
) -> Vec<Vec<String>> {
    if whole.is_end() {
        return Vec::new();
    }
    let mut all = Vec::new();
    for stage in stages {
        of_stage(stage, works, &mut all);
    }
    let is_whole = !matches!(key, Key::Execution(_));
    for work in works.free.iter().filter(|work| runs(standing(work.run()))) {
        let inner = inner(*work);
        match (is_whole, inner) {
            (true, Some(inner)) => all.push(vec![inner]),
            (true, None) => {}
            (false, inner) => all.push(std::iter::once(work.name()).chain(inner).collect()),
        }
    }
    if matches!(key, Key::Execution(_)) {
        for tool in card.tools.values() {
            let last = tool.runs.values().next_back();
            if last.is_some_and(|run| runs(standing(run))) {
                let names = tool.tool.iter().chain(&tool.subject);
                all.push(names.cloned().collect());
            }
        }
    }
    all.retain(|names: &Vec<String>| !names.is_empty());
    all
}

fn runs(phase: Phase) -> bool {
    matches!(phase, Phase::Running | Phase::Stopping)
}

fn of_stage(stage: &Stage, works: &Works<'_>, all: &mut Vec<Vec<String>>) {
    let Some(now) = stage.attempts.last().filter(|now| runs(now.phase)) else {
        return;
    };
    let mut is_busy = false;
    for step in &stage.steps {
        let Some(last) = step.attempts.last() else {
            continue;
        };
        is_busy |= last.phase == Phase::Waiting;
        if !runs(last.phase) || last.number != now.number {
            continue;
        }
        is_busy = true;
        let work = works.get((&stage.name, &step.name, last.number));
        let work = work.filter(|work| !standing(work.run()).is_end());
        let names = [stage.name.clone(), step.name.clone()].into_iter();
        all.push(names.chain(work.and_then(inner)).collect());
    }
    if !is_busy {
        all.push(vec![stage.name.clone()]);
    }
}

/// The phase that a build or a deployment is in.
fn inner(work: Work<'_>) -> Option<String> {
    match work {
        Work::Build(_, build) => {
            // What is told is the phase that has ended.
            let told = build.phase.as_ref()?.value.as_str();
            let place = PHASES.iter().position(|known| *known == told);
            let next = place.and_then(|n| PHASES.get(n + 1));
            Some(next.map_or_else(|| told.to_owned(), |next| (*next).to_owned()))
        }
        Work::Deployment(..) => None,
        Work::Ecs(_, deployment) => {
            let mut hooks = deployment.hooks.values();
            let hook = hooks.find(|hook| runs(standing(&hook.run)))?;
            hook.stage.clone()
        }
    }
}
