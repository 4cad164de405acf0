use card::{Card, Key};
use events::{Phase, Trigger};

use crate::{
    links::{is_commit, repository_of},
    works::phase,
};

/// What set it off. A trigger often tells only its kind; what the pipeline's
/// source found completes it.
pub(crate) fn trigger(key: &Key, card: &Card) -> Option<Trigger> {
    let mut trigger = card.trigger.clone().unwrap_or_default();
    if let Key::Tool(..) = key
        && let Some(tool) = card.tools.values().next()
    {
        trigger.author = trigger.author.or_else(|| tool.author.clone());
        trigger.commit = trigger.commit.or_else(|| tool.commit.clone());
        trigger.branch = trigger.branch.or_else(|| tool.branch.clone());
    }
    if let Key::Build(id) = key
        && let Some(build) = card.builds.get(id)
    {
        let by = build.initiator.clone().filter(|_| build.pipeline.is_none());
        trigger.author = trigger.author.or(by);
    }
    if let Some(source) = source(card) {
        complete(&mut trigger, source);
    }
    (trigger != Trigger::default()).then_some(trigger)
}

fn complete(trigger: &mut Trigger, source: Trigger) {
    let is_other = |own: &str| source.commit.as_deref() != Some(own);
    // With several sources it may be about another repository.
    if trigger.commit.as_deref().is_some_and(is_other) {
        return;
    }
    trigger.commit = trigger.commit.take().or(source.commit);
    trigger.message = trigger.message.take().or(source.message);
    trigger.repository = trigger.repository.take().or(source.repository);
    trigger.provider = trigger.provider.take().or(source.provider);
}

/// What the latest source action found that found a commit.
fn source(card: &Card) -> Option<Trigger> {
    let actions = card
        .stages
        .values()
        .flat_map(|stage| stage.actions.values());
    let sources = actions.filter(|action| action.category.as_deref() == Some("Source"));
    let mut found = sources.filter_map(|action| {
        let mut runs = action.runs.values().rev();
        let run = runs.find(|run| phase(run) == Phase::Succeeded)?;
        let commit = run.external.as_deref().filter(|id| is_commit(id))?;
        let summary = run.summary.as_ref().map(|said| said.value.clone());
        Some(Trigger {
            commit: Some(commit.to_owned()),
            message: summary.filter(|text| !text.trim().is_empty()),
            repository: run.url.as_deref().and_then(repository_of),
            provider: action.provider.clone(),
            ..Trigger::default()
        })
    });
    found.next()
}
