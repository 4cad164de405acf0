use aws_sdk_codepipeline::types::ActionExecutionDetail;
use card::{ActionRun, Card, Part, parts};
use events::{Action, Event, ExecutionId, External, Kind, State};

use crate::{Inquiry, clock::Clock, pipeline::external};

/// An attempt at an action whose work is not known.
struct Sought<'a> {
    stage: &'a str,
    action: &'a str,
    attempt: u64,
    provider: Option<&'a str>,
    run: &'a ActionRun,
    /// Whether it is the only one of its action.
    is_only: bool,
}

impl Inquiry {
    /// What does the work of an execution's running actions.
    pub(crate) async fn works_of(&self, clock: Clock, card: &Card) -> Vec<Part> {
        let Some(id) = &card.execution else {
            return Vec::new();
        };
        let sought = sought(card);
        if sought.is_empty() {
            return Vec::new();
        }
        let execution = (id.pipeline.as_str(), Some(id.execution.as_str()));
        let listed = self.actions(clock, execution, |_| false).await;
        let found = sought.iter().flat_map(|sought| {
            let mut all = listed.actions.iter();
            let found = all.find(|found| sought.is(found));
            let told = found.and_then(|found| told(card, id, sought, found));
            told.map(|event| parts(&event)).unwrap_or_default()
        });
        found.collect()
    }
}

fn sought(card: &Card) -> Vec<Sought<'_>> {
    let mut all = Vec::new();
    for (stage, node) in &card.stages {
        for (name, action) in &node.actions {
            let open = action.runs.iter().filter(|(_, run)| {
                let standing = run.run.standing.as_ref();
                run.external.is_none() && standing.is_none_or(|s| !s.phase.is_end())
            });
            all.extend(open.map(|(attempt, run)| Sought {
                stage,
                action: name,
                attempt: *attempt,
                provider: action.provider.as_deref(),
                run,
                is_only: action.runs.len() == 1,
            }));
        }
    }
    all
}

impl Sought<'_> {
    fn is(&self, found: &ActionExecutionDetail) -> bool {
        match self.run.id.as_deref() {
            Some(id) => found.action_execution_id() == Some(id),
            None => {
                self.is_only
                    && found.stage_name() == Some(self.stage)
                    && found.action_name() == Some(self.action)
            }
        }
    }
}

/// The event that would have told it.
fn told(
    card: &Card,
    id: &ExecutionId,
    sought: &Sought<'_>,
    found: &ActionExecutionDetail,
) -> Option<Event> {
    let work = external(found)?.to_owned();
    let kind = found.input().and_then(|input| input.action_type_id());
    let provider = sought.provider.or(kind.map(|kind| kind.provider()));
    let action = Action {
        id: id.clone(),
        stage: sought.stage.to_owned(),
        action: sought.action.to_owned(),
        action_execution: found.action_execution_id().map(str::to_owned),
        // Without a time it counts less than any event's word.
        state: State::of("STARTED"),
        attempt: sought.attempt,
        started: None,
        category: None,
        provider: provider.map(str::to_owned),
        external: External {
            id: Some(work),
            ..External::default()
        },
    };
    let (account, region) = card.place.clone().unzip();
    Some(Event {
        id: String::new(),
        at: None,
        account,
        region,
        kind: Kind::Action(action),
    })
}
