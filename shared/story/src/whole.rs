use std::collections::BTreeMap;

use card::{Card, Key, Run, Standing};
use events::{Moment, Phase};

use crate::{
    Source,
    notes::tasks,
    works::{Work, Works, ended, phase, runs, standing},
};

/// Where the whole of a card stands.
#[derive(Debug, Clone)]
pub(crate) struct Whole {
    pub(crate) attempt: u64,
    pub(crate) phase: Phase,
    pub(crate) word: String,
    pub(crate) started: Option<Moment>,
    pub(crate) ended: Option<Moment>,
}

impl Whole {
    pub(crate) fn of(key: &Key, card: &Card, works: &Works<'_>) -> Self {
        match key {
            Key::Execution(_) => execution(card),
            Key::Approval(..) => Self::of_phase(Phase::Waiting),
            Key::Build(_) | Key::Deployment(_) | Key::EcsDeployment(_) => {
                let work = works.free.first();
                work.map_or_else(|| Self::of_phase(Phase::Unknown), |work| of_work(*work))
            }
            Key::Tool(..) => {
                let tool = card.tools.get(&key.to_string());
                let tool = tool.or_else(|| card.tools.values().next());
                tool.map_or_else(|| Self::of_phase(Phase::Unknown), of_tool)
            }
            Key::Image(..) => image(card),
            Key::Event(_) => Self {
                ended: notice(card),
                started: notice(card),
                ..Self::of_phase(Phase::Unknown)
            },
        }
    }

    fn of_phase(phase: Phase) -> Self {
        Self {
            attempt: 1,
            phase,
            word: String::new(),
            started: None,
            ended: None,
        }
    }

    fn of_standing(attempt: u64, standing: &Standing) -> Self {
        Self {
            attempt,
            phase: standing.phase,
            word: standing.word.clone(),
            started: None,
            ended: standing.at.filter(|_| standing.phase.is_end()),
        }
    }
}

fn execution(card: &Card) -> Whole {
    let stages = card.stages.values();
    let stage_runs = stages.flat_map(|stage| &stage.runs);
    let parts: Vec<(u64, Phase, &Run)> = stage_runs
        .map(|(n, run)| (*n, standing(run), run))
        .chain(runs(card).map(|((_, _, n), _, run)| (n, phase(run), &run.run)))
        .collect();
    let last = card
        .runs
        .keys()
        .copied()
        .chain(parts.iter().map(|(n, ..)| *n));
    let attempt = last.max().unwrap_or(1);
    let own = card
        .runs
        .get(&attempt)
        .and_then(|run| run.standing.as_ref());
    let mut whole = match own {
        Some(standing) => Whole::of_standing(attempt, standing),
        None => {
            let now = parts.iter().filter(|(n, ..)| *n == attempt);
            let phases: Vec<Phase> = now.clone().map(|(_, phase, _)| *phase).collect();
            let phase = inferred(&phases, !is_empty(card));
            let end = now.filter_map(|(.., run)| ended(run)).max();
            Whole {
                attempt,
                ended: end.filter(|_| phase.is_end()),
                ..Whole::of_phase(phase)
            }
        }
    };
    let began = card.runs.values().chain(parts.iter().map(|(.., run)| *run));
    whole.started = began.filter_map(|run| run.started.0).min();
    whole
}

/// Where a whole stands that has not told itself, by its parts. That none of
/// them runs is no end: the next one may be about to begin.
pub(crate) fn inferred(parts: &[Phase], is_known: bool) -> Phase {
    let has = |phase| parts.contains(&phase);
    match () {
        () if has(Phase::Stopping) => Phase::Stopping,
        () if has(Phase::Running) || has(Phase::Waiting) => Phase::Running,
        () if has(Phase::Failed) => Phase::Failed,
        () if has(Phase::Stopped) => Phase::Stopped,
        () if has(Phase::Succeeded) || is_known => Phase::Running,
        () => Phase::Unknown,
    }
}

/// Whether nothing at all is known of an execution.
fn is_empty(card: &Card) -> bool {
    let has_works = card.builds.len() + card.deployments.len() + card.ecs_deployments.len() > 0;
    card.runs.is_empty() && card.stages.is_empty() && card.tools.is_empty() && !has_works
}

fn of_work(work: Work<'_>) -> Whole {
    let run = work.run();
    let mut whole = match &run.standing {
        Some(standing) => Whole::of_standing(1, standing),
        // That tasks of it crash says nothing of a deployment that nobody knows.
        None => Whole::of_phase(match work {
            Work::Ecs(_, one) if !tasks(one).is_empty() => Phase::Unknown,
            work => work.phase(),
        }),
    };
    whole.started = run.started.0.or_else(|| match work {
        Work::Deployment(_, one) => {
            let instances = one.instances.values().filter_map(|i| i.run.started.0);
            let gates = one.gates.values().filter_map(|gate| gate.run.started.0);
            instances.chain(gates).min()
        }
        _ => None,
    });
    whole
}

fn of_tool(tool: &card::Tool) -> Whole {
    let steps = tool.steps.values().flatten();
    let last = tool.runs.keys().chain(steps.clone().map(|(n, _)| n)).max();
    let attempt = last.copied().unwrap_or(1);
    let own = tool
        .runs
        .get(&attempt)
        .and_then(|run| run.standing.as_ref());
    let mut whole = match own {
        Some(standing) => Whole::of_standing(attempt, standing),
        None => {
            let now = steps.clone().filter(|(n, _)| **n == attempt);
            let phases: Vec<Phase> = now.map(|(_, run)| standing(run)).collect();
            Whole {
                attempt,
                ..Whole::of_phase(inferred(&phases, false))
            }
        }
    };
    let began = tool.runs.values().chain(steps.map(|(_, run)| run));
    whole.started = began.filter_map(|run| run.started.0).min();
    whole
}

/// The latest that was done with an image.
fn image(card: &Card) -> Whole {
    let runs = card
        .images
        .values()
        .flat_map(|image| image.actions.values());
    let standings = runs.clone().filter_map(|run| run.standing.as_ref());
    let last = standings.max_by_key(|s| (s.at, s.phase, &s.word));
    let mut whole = last.map_or_else(
        || Whole::of_phase(Phase::Unknown),
        |standing| Whole::of_standing(1, standing),
    );
    whole.started = runs.filter_map(|run| run.started.0).min();
    whole
}

fn notice(card: &Card) -> Option<Moment> {
    let notices = card.notices.values();
    notices.filter_map(|n| n.words.as_ref()?.at).max()
}

/// How attempts of an execution ended, where they have.
#[derive(Debug)]
pub(crate) struct Over {
    known: BTreeMap<u64, (Phase, Option<Moment>)>,
    last: u64,
}

impl Over {
    pub(crate) fn of(card: &Card, whole: &Whole) -> Self {
        let ends = card.runs.iter().filter(|(_, run)| standing(run).is_end());
        let mut known: BTreeMap<_, _> = ends
            .map(|(n, run)| (*n, (standing(run), ended(run))))
            .collect();
        if whole.phase.is_end() {
            known.insert(whole.attempt, (whole.phase, whole.ended));
        }
        Self {
            known,
            last: whole.attempt,
        }
    }

    /// How an attempt ended. What is tried again has not succeeded.
    pub(crate) fn get(&self, attempt: u64) -> Option<(Phase, Option<Moment>)> {
        let known = self.known.get(&attempt).copied();
        known.or_else(|| (attempt < self.last).then_some((Phase::Failed, None)))
    }

    /// How the last attempt ended, if it succeeded: then so has every stage
    /// that was not tried again.
    pub(crate) fn success(&self) -> Option<(Phase, Option<Moment>)> {
        self.get(self.last)
            .filter(|(phase, _)| *phase == Phase::Succeeded)
    }
}

/// What kind of thing a card is about.
pub(crate) fn source(key: &Key, card: &Card) -> Source {
    let mut notices = card.notices.values();
    match key {
        Key::Execution(_) => Source::Pipeline,
        Key::Build(_) => Source::Build,
        Key::Deployment(_) => Source::Deployment,
        Key::EcsDeployment(_) => Source::Ecs,
        Key::Approval(..) => Source::Approval,
        Key::Tool(..) => Source::Tool,
        Key::Image(..) => Source::Image,
        Key::Event(_) => match notices.next().and_then(|n| n.source.as_deref()) {
            Some("aws.codecommit") => Source::Repository,
            Some("aws.ecs") => Source::Ecs,
            _ => Source::Other,
        },
    }
}

/// Its name, and which run of it.
pub(crate) fn name_and_run(key: &Key, card: &Card) -> (String, Option<String>) {
    match key {
        Key::Execution(id) => (id.pipeline.clone(), Some(id.execution.clone())),
        Key::Build(id) => {
            let build = card.builds.get(id);
            let number = build.and_then(|build| build.number);
            let run = number.map(|number| number.to_string());
            let by_id = id.split_once(':').map(|(_, run)| run.to_owned());
            let name = build.map(|build| Work::Build(id, build).name());
            let of_id = id.split(':').next().unwrap_or(id);
            (name.unwrap_or_else(|| of_id.to_owned()), run.or(by_id))
        }
        Key::Deployment(id) => {
            let deployment = card.deployments.get(id);
            let name = deployment.map(|one| Work::Deployment(id, one).name());
            (name.unwrap_or_else(|| id.clone()), Some(id.clone()))
        }
        Key::EcsDeployment(id) => {
            let deployment = card.ecs_deployments.get(id);
            let name = deployment.map(|one| Work::Ecs(id, one).name());
            let run = id.rsplit('/').next().unwrap_or(id).to_owned();
            (name.unwrap_or_else(|| id.clone()), Some(run))
        }
        Key::Approval(pipeline, ..) => (pipeline.clone(), None),
        Key::Tool(_, subject, run) => (subject.clone(), Some(run.clone())),
        Key::Image(repository, _) => (repository.clone(), None),
        Key::Event(id) => {
            let notice = card.notices.values().next();
            let about = notice.and_then(|n| n.about.clone().or_else(|| n.source.clone()));
            (about.unwrap_or_else(|| id.clone()), None)
        }
    }
}

/// The applications that are deployed.
pub(crate) fn applications(card: &Card) -> Vec<String> {
    let codedeploy = card.deployments.values();
    let codedeploy = codedeploy.filter_map(|one| one.application.clone());
    let ecs = card.ecs_deployments.values();
    let ecs = ecs.filter_map(|one| Some(one.service.as_ref()?.service.clone()));
    // Of ECS's notices those about services have a severity.
    let notices = card.notices.values().filter(|n| n.severity.is_some());
    let services = notices.filter_map(|n| n.about.clone());
    let mut all: Vec<String> = codedeploy.chain(ecs).chain(services).collect();
    all.sort();
    all.dedup();
    all
}
