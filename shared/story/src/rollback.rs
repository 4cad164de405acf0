use crate::{Rollback, failures::Case, gates::version, works::Work};

/// How what was deployed was taken back: the latest of what has not been mended
/// since.
pub(crate) fn rollback(cases: &[Case<'_>]) -> Option<Rollback> {
    cases
        .iter()
        .rev()
        .filter(|case| !case.mended)
        .find_map(of_case)
}

fn of_case(case: &Case<'_>) -> Option<Rollback> {
    let mut all = Rollback::default();
    let mut is_one = false;
    for told in case
        .findings
        .iter()
        .filter_map(|finding| finding.rollback.as_ref())
    {
        is_one = true;
        let fill = |own: &mut Option<String>, other: &Option<String>| {
            if own.is_none() {
                own.clone_from(other);
            }
        };
        fill(&mut all.failed, &told.failed);
        fill(&mut all.serves, &told.serves);
        fill(&mut all.deployment, &told.deployment);
        fill(&mut all.message, &told.message);
    }
    if let Some(Work::Ecs(_, deployment)) = case.work
        && deployment.rolled_back
    {
        is_one = true;
        let reason = deployment.reason.as_ref().map(|said| said.value.as_str());
        all.deployment = all.deployment.or_else(|| target(reason?));
        all.message = all.message.or_else(|| reason.map(str::to_owned));
    }
    // The gate that failed knows what it judged.
    let gates = case.work.map(Work::failed_gates).unwrap_or_default();
    let judged = gates
        .iter()
        .find_map(|(_, gate)| gate.task_definition.as_deref());
    all.failed = all.failed.or_else(|| judged.map(version));
    is_one.then_some(all)
}

/// The deployment that ECS goes back to, as it says: `rolling back to
/// deploymentId ecs-svc/1.`
fn target(reason: &str) -> Option<String> {
    let (_, rest) = reason.split_once("rolling back to deploymentId ")?;
    let id = rest.split_whitespace().next()?.trim_end_matches('.');
    id.starts_with("ecs-svc/").then(|| id.to_owned())
}
