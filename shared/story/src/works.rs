use std::collections::BTreeMap;

use card::{ActionRun, Build, Card, Deployment, EcsDeployment, Gate, Run, Standing};
use events::{Moment, Phase};

use crate::{Subject, gates::hook_order};

/// What does the work of an action: a build or a deployment.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Work<'a> {
    Build(&'a str, &'a Build),
    Deployment(&'a str, &'a Deployment),
    Ecs(&'a str, &'a EcsDeployment),
}

/// What does the work of which attempt at which action.
#[derive(Debug, Default)]
pub(crate) struct Works<'a> {
    of: BTreeMap<(&'a str, &'a str, u64), Work<'a>>,
    /// What does nobody's work, as far as is known.
    pub(crate) free: Vec<Work<'a>>,
    /// The kinds of those whose actions may still turn out.
    open: Vec<&'static str>,
}

/// How a run stands; what has only been told to have failed, has.
pub(crate) fn phase(run: &ActionRun) -> Phase {
    match &run.run.standing {
        Some(standing) => standing.phase,
        None if run.summary.is_some() || run.code.is_some() => Phase::Failed,
        None => Phase::Unknown,
    }
}

pub(crate) fn standing(run: &Run) -> Phase {
    run.standing.as_ref().map_or(Phase::Unknown, |s| s.phase)
}

/// When it ended.
pub(crate) fn ended(run: &Run) -> Option<Moment> {
    let standing = run.standing.as_ref().filter(|s| s.phase.is_end());
    standing.and_then(|s| s.at)
}

impl<'a> Works<'a> {
    pub(crate) fn of(card: &'a Card) -> Self {
        let builds = card.builds.iter().map(|(id, one)| Work::Build(id, one));
        let deployments = card.deployments.iter();
        let deployments = deployments.map(|(id, one)| Work::Deployment(id, one));
        let ecs = card.ecs_deployments.iter();
        let ecs = ecs.map(|(id, one)| Work::Ecs(id, one));
        let all: BTreeMap<(&str, &str), Work<'a>> = builds
            .chain(deployments)
            .chain(ecs)
            .map(|work| ((work.kind(), work.id()), work))
            .collect();
        let mut free = all.clone();
        let mut works = Self::default();
        // Actions of which nobody has told yet what does their work.
        let mut open: Vec<(&'static str, (&str, &str, u64))> = Vec::new();
        for (place, provider, run) in runs(card) {
            let Some(kind) = kind_of(provider) else {
                continue;
            };
            match run.external.as_deref() {
                Some(id) => {
                    free.remove(&(kind, id));
                    if let Some(work) = all.get(&(kind, id)) {
                        works.of.insert(place, *work);
                    }
                }
                None if phase(run) != Phase::Succeeded => open.push((kind, place)),
                None => {}
            }
        }
        // Where only one of each is left, they belong together.
        for kind in [BUILD, DEPLOYMENT, ECS] {
            let mut places = open.iter().filter(|(of, _)| *of == kind);
            let mut left = free.keys().filter(|(of, _)| *of == kind);
            match (places.next(), places.next(), left.next(), left.next()) {
                (Some((_, place)), None, Some(key), None) => {
                    let key = *key;
                    if let Some(work) = free.remove(&key) {
                        works.of.insert(*place, work);
                    }
                }
                (Some(_), ..) => works.open.push(kind),
                _ => {}
            }
        }
        works.free = free.into_values().collect();
        works
    }

    /// What does the work of an attempt at an action.
    pub(crate) fn get(&self, place: (&str, &str, u64)) -> Option<Work<'a>> {
        self.of.get(&place).copied()
    }

    /// Whether some action may still say that this is its work.
    pub(crate) fn may_belong(&self, work: Work<'_>) -> bool {
        self.open.contains(&work.kind())
    }

    /// Those of the latest attempts at the actions, and those of nobody.
    pub(crate) fn latest(&self) -> Vec<Work<'a>> {
        let mut latest: BTreeMap<(&str, &str), Work<'a>> = BTreeMap::new();
        for ((stage, action, _), work) in &self.of {
            // In order of the attempts.
            latest.insert((stage, action), *work);
        }
        let mut latest: Vec<Work<'a>> = latest.into_values().collect();
        latest.extend(&self.free);
        latest.sort_by_key(|work| (work.kind(), work.id()));
        latest.dedup_by_key(|work| (work.kind(), work.id()));
        latest
    }
}

const BUILD: &str = "build";
const DEPLOYMENT: &str = "deployment";
const ECS: &str = "ecs";

/// What does the work of a provider's actions.
fn kind_of(provider: &str) -> Option<&'static str> {
    match provider {
        "CodeBuild" => Some(BUILD),
        "CodeDeploy" | "CodeDeployToECS" => Some(DEPLOYMENT),
        "ECS" => Some(ECS),
        _ => None,
    }
}

/// What AWS can be asked about the work of an action.
pub(crate) fn subject(provider: Option<&str>, external: Option<&str>) -> Option<Subject> {
    let id = external?.to_owned();
    match kind_of(provider?)? {
        BUILD => Some(Subject::Build(id)),
        DEPLOYMENT => Some(Subject::Deployment(id)),
        _ => id
            .starts_with("ecs-svc/")
            .then_some(Subject::EcsDeployment(id)),
    }
}

type Place<'a> = (&'a str, &'a str, u64);

/// All attempts at all actions, with their providers.
pub(crate) fn runs(card: &Card) -> impl Iterator<Item = (Place<'_>, &str, &ActionRun)> {
    card.stages.iter().flat_map(|(stage, node)| {
        node.actions.iter().flat_map(move |(name, action)| {
            let provider = action.provider.as_deref().unwrap_or_default();
            let runs = action.runs.iter();
            runs.map(move |(n, run)| ((stage.as_str(), name.as_str(), *n), provider, run))
        })
    })
}

impl<'a> Work<'a> {
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Work::Build(..) => BUILD,
            Work::Deployment(..) => DEPLOYMENT,
            Work::Ecs(..) => ECS,
        }
    }

    pub(crate) fn id(self) -> &'a str {
        match self {
            Work::Build(id, _) | Work::Deployment(id, _) | Work::Ecs(id, _) => id,
        }
    }

    pub(crate) fn run(self) -> &'a Run {
        match self {
            Work::Build(_, one) => &one.run,
            Work::Deployment(_, one) => &one.run,
            Work::Ecs(_, one) => &one.run,
        }
    }

    pub(crate) fn subject(self) -> Subject {
        let id = self.id().to_owned();
        match self {
            Work::Build(..) => Subject::Build(id),
            Work::Deployment(..) => Subject::Deployment(id),
            Work::Ecs(..) => Subject::EcsDeployment(id),
        }
    }

    /// What people call it.
    pub(crate) fn name(self) -> String {
        let known = match self {
            Work::Build(id, one) => {
                let of_id = id.split_once(':').map(|(project, _)| project);
                one.project.as_deref().or(of_id)
            }
            Work::Deployment(_, one) => one.application.as_deref(),
            Work::Ecs(_, one) => one.service.as_ref().map(|name| name.service.as_str()),
        };
        known.unwrap_or(self.id()).to_owned()
    }

    /// Its gates, in the order in which they come.
    pub(crate) fn gates(self) -> Vec<(&'a str, &'a Gate)> {
        let gates = match self {
            Work::Build(..) => return Vec::new(),
            Work::Deployment(_, one) => &one.gates,
            Work::Ecs(_, one) => &one.gates,
        };
        let mut gates: Vec<_> = gates
            .iter()
            .map(|(hook, gate)| (hook.as_str(), gate))
            .collect();
        gates.sort_by_key(|(hook, _)| (hook_order(hook), *hook));
        gates
    }

    /// Its gates that failed.
    pub(crate) fn failed_gates(self) -> Vec<(&'a str, &'a Gate)> {
        let mut gates = self.gates();
        gates.retain(|(_, gate)| standing(&gate.run) == Phase::Failed);
        gates
    }

    /// Where it stands, by its own word or by what there is of it.
    pub(crate) fn phase(self) -> Phase {
        let Some(standing) = &self.run().standing else {
            return match self.has_failed() {
                true => Phase::Failed,
                false => Phase::Running,
            };
        };
        standing.phase
    }

    /// Whether it failed, or a part of it that shows.
    pub(crate) fn has_failed(self) -> bool {
        let by_itself = standing(self.run()) == Phase::Failed;
        let in_part = match self {
            Work::Build(..) => false,
            Work::Deployment(_, one) => {
                let mut instances = one.instances.values();
                instances.any(|instance| standing(&instance.run) == Phase::Failed)
            }
            Work::Ecs(_, one) => {
                let mut hooks = one.hooks.values();
                one.rolled_back || hooks.any(|hook| standing(&hook.run) == Phase::Failed)
            }
        };
        by_itself || in_part || !self.failed_gates().is_empty()
    }

    /// When it failed, as far as is known.
    pub(crate) fn failed_at(self) -> Option<Moment> {
        let of = |standing: &Option<Standing>| standing.as_ref().and_then(|s| s.at);
        match standing(self.run()).is_end() {
            true => of(&self.run().standing),
            false => (self.failed_gates().iter())
                .filter_map(|(_, gate)| of(&gate.run.standing))
                .min()
                .or_else(|| of(&self.run().standing)),
        }
    }
}
