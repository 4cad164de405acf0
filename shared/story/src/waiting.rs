use card::{Card, EcsDeployment, Key};
use events::Phase;

use crate::{
    Question, Stage, Waiting,
    links::{Pages, once, told, written},
    name::name,
    stages::is_approval,
    works::{Work, Works, standing},
};

/// Who or what is waited for: until the action or the hook has ended.
pub(crate) fn waiting(
    key: &Key,
    card: &Card,
    works: &Works<'_>,
    (stages, whole): (&[Stage], Phase),
) -> Vec<Waiting> {
    if whole.is_end() {
        return Vec::new();
    }
    let mut all = Vec::new();
    for stage in stages {
        let Some(node) = card.stages.get(&stage.name) else {
            continue;
        };
        for step in &stage.steps {
            let action = node.actions.get(&step.name).filter(|a| is_approval(a));
            let last = step.attempts.last().filter(|a| a.phase == Phase::Waiting);
            if let (Some(action), Some(last)) = (action, last) {
                let names = (stage.name.as_str(), step.name.as_str(), last.number);
                all.push(approval(key, card, names, action));
            }
        }
    }
    for work in works.latest() {
        if let Work::Ecs(id, deployment) = work
            && !standing(&deployment.run).is_end()
        {
            all.extend(pauses(card, id, deployment));
        }
    }
    all
}

fn approval(
    key: &Key,
    card: &Card,
    (stage, step, attempt): (&str, &str, u64),
    action: &card::Action,
) -> Waiting {
    let asked = action.approval.as_ref().map(|said| &said.value);
    let review = asked.and_then(|asked| asked.review.as_deref());
    let pipeline = match key {
        Key::Execution(id) => Some(&id.pipeline),
        Key::Approval(pipeline, ..) => Some(pipeline),
        _ => None,
    };
    let pages = Pages::of(card);
    let review = told("Review", review).or_else(|| pages.pipeline(pipeline?));
    let link = asked.and_then(|asked| asked.link.as_deref());
    Waiting {
        id: name("approval", &[stage, step, &attempt.to_string()]),
        question: Question::Approval,
        place: vec![stage.to_owned(), step.to_owned()],
        until: asked.and_then(|asked| asked.expires),
        note: asked.and_then(|asked| asked.note.clone()),
        links: once([review, written("What it is about", link)]),
    }
}

/// The hooks that pause a deployment until somebody says how it goes on.
fn pauses<'a>(
    card: &'a Card,
    id: &'a str,
    deployment: &'a EcsDeployment,
) -> impl Iterator<Item = Waiting> + 'a {
    let waits = deployment.hooks.iter();
    let waits = waits.filter(|(_, hook)| standing(&hook.run) == Phase::Waiting);
    waits.map(move |(hook_id, hook)| {
        let work = Work::Ecs(id, deployment);
        let stage = hook.stage.clone();
        Waiting {
            id: name("pause", &[id, hook_id]),
            question: Question::Pause,
            place: std::iter::once(work.name()).chain(stage).collect(),
            until: hook.expires,
            note: None,
            links: once([Pages::of(card).service(deployment)]),
        }
    })
}
