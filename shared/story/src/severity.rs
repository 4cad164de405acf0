use card::{Card, Key};
use events::{Phase, Severity as Word};

use crate::{
    Failure, Severity, Waiting,
    notes::{findings, tasks},
    whole::Whole,
};

/// How bad it is: the worst of all that there is.
pub(crate) fn severity(
    key: &Key,
    card: &Card,
    whole: &Whole,
    (failures, waiting): (&[Failure], &[Waiting]),
) -> Severity {
    let of_phase = match whole.phase {
        Phase::Failed => Severity::Error,
        // A newer execution took its place, as it should be.
        Phase::Stopped if whole.word.eq_ignore_ascii_case("superseded") => Severity::Info,
        Phase::Stopped | Phase::Stopping => Severity::Warning,
        Phase::Unknown if !whole.word.is_empty() => Severity::Warning,
        Phase::Unknown | Phase::Waiting | Phase::Running | Phase::Succeeded => Severity::Info,
    };
    // A new attempt starts without the faults of the one before it.
    let is_now = |failure: &Failure| {
        let of_attempt = !matches!(key, Key::Execution(_) | Key::Tool(..));
        !failure.mended && (of_attempt || failure.attempt >= whole.attempt)
    };
    let of_failures = match failures.iter().any(is_now) {
        true => Severity::Error,
        false => Severity::Info,
    };
    let asked = match waiting.is_empty() {
        true => Severity::Info,
        false => Severity::Warning,
    };
    let of_scans = match (findings(card, "CRITICAL"), findings(card, "HIGH")) {
        (0, 0) => Severity::Info,
        (0, _) => Severity::Warning,
        _ => Severity::Error,
    };
    let notices = card.notices.values().map(|notice| match notice.severity {
        Some(Word::Error) => Severity::Error,
        Some(Word::Warn) => Severity::Warning,
        Some(Word::Info) => Severity::Info,
        // What nobody knows may be bad.
        None if notice.about.is_none() => Severity::Warning,
        None => Severity::Info,
    });
    // Tasks that ended by themselves: while a deployment goes on ECS may still
    // bring it to an end that is good.
    let crashed = card.ecs_deployments.values().filter_map(|one| {
        let standing = one.run.standing.as_ref().map(|standing| standing.phase);
        let goes_on = standing == Some(Phase::Running) || standing == Some(Phase::Waiting);
        (!tasks(one).is_empty()).then_some(match goes_on {
            true => Severity::Warning,
            false => Severity::Error,
        })
    });
    let of_tasks = crashed.max().unwrap_or(Severity::Info);
    let all = [of_phase, of_failures, asked, of_scans, of_tasks];
    all.into_iter().chain(notices).max().unwrap_or(of_phase)
}
