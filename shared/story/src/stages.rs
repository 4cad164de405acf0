use std::collections::{BTreeMap, BTreeSet};

use card::{Card, Key, Run};
use events::{Moment, Phase};

use crate::{
    Attempt, Stage, Step,
    links::{self, Pages},
    whole::{Over, Whole, inferred},
    works::{Work, Works, ended, phase, standing},
};

/// The stages of an execution, or the steps of a tool's run, in the order in
/// which they began.
pub(crate) fn stages(key: &Key, card: &Card, works: &Works<'_>, whole: &Whole) -> Vec<Stage> {
    let mut stages: Vec<Stage> = match key {
        Key::Execution(_) | Key::Approval(..) => {
            let course = Course {
                card,
                works,
                over: Over::of(card, whole),
            };
            let names = card.stages.iter();
            names.map(|(name, node)| course.stage(name, node)).collect()
        }
        Key::Tool(..) => card
            .tools
            .values()
            .flat_map(|tool| steps(tool, whole))
            .collect(),
        _ => Vec::new(),
    };
    stages.sort_by_cached_key(|stage| began(&stage.attempts, &stage.name));
    for stage in &mut stages {
        stage
            .steps
            .sort_by_cached_key(|step| began(&step.attempts, &step.name));
    }
    stages
}

/// What an order of beginnings goes by: of those that began in one second the
/// one that ended earlier, since times are whole seconds.
fn began(attempts: &[Attempt], name: &str) -> (Moment, Moment, String) {
    let late = Moment(i64::MAX);
    let first = attempts.iter().filter_map(|a| a.started).min();
    let end = attempts.iter().filter_map(|a| a.ended).min();
    (first.unwrap_or(late), end.unwrap_or(late), name.to_owned())
}

/// What ends where the events have not told: those of an execution may come in
/// any order, and some never do.
struct Course<'a> {
    card: &'a Card,
    works: &'a Works<'a>,
    over: Over,
}

impl Course<'_> {
    fn stage(&self, name: &str, node: &card::Stage) -> Stage {
        let of_actions = node.actions.values().flat_map(|action| action.runs.keys());
        let mut numbers: BTreeSet<u64> = node.runs.keys().chain(of_actions).copied().collect();
        if numbers.is_empty() {
            numbers.insert(1);
        }
        let attempts: Vec<Attempt> = (numbers.iter())
            .map(|n| self.attempt(name, node, &numbers, *n))
            .collect();
        let steps = node.actions.iter();
        let steps = steps.map(|(action, told)| self.step((name, action), told, &attempts, node));
        Stage {
            name: name.to_owned(),
            steps: steps.collect(),
            attempts,
        }
    }

    fn attempt(
        &self,
        name: &str,
        node: &card::Stage,
        numbers: &BTreeSet<u64>,
        number: u64,
    ) -> Attempt {
        let own = node.runs.get(&number);
        let mut attempt = Attempt {
            number,
            phase: own.map_or(Phase::Unknown, standing),
            word: own.map(word).unwrap_or_default(),
            started: start(node, number),
            ended: own.and_then(ended),
        };
        if attempt.phase.is_end() {
            return attempt;
        }
        let actions = node
            .actions
            .values()
            .filter_map(|action| action.runs.get(&number));
        let phases: Vec<Phase> = actions.clone().map(phase).collect();
        let has_failed = phases.contains(&Phase::Failed);
        let failed_or = |phase| match has_failed {
            true => Phase::Failed,
            false => phase,
        };
        let is_retried = numbers.last().is_some_and(|last| *last > number);
        let success = self.over.success().filter(|_| !is_retried);
        let over = success.or_else(|| self.over.get(number));
        let next = self.next_start(name, number, attempt.started);
        let (settled, by) = match (is_retried, next, over) {
            // What is tried again has failed or was stopped.
            (true, _, Some((Phase::Stopped, at))) => (failed_or(Phase::Stopped), at),
            (true, _, over) => (Phase::Failed, over.and_then(|(_, at)| at)),
            // Stages come one after the other.
            (_, Some(next), _) => (failed_or(Phase::Succeeded), Some(next)),
            (_, _, Some((Phase::Succeeded, at))) => (Phase::Succeeded, at),
            (_, _, Some((Phase::Failed, at))) if !self.is_known_to_have_failed(number) => {
                (Phase::Failed, at)
            }
            (_, _, Some((_, at))) => (failed_or(Phase::Stopped), at),
            (_, _, None) => {
                if own.is_none() {
                    let asks = node
                        .actions
                        .values()
                        .any(|action| action.approval.is_some());
                    attempt.phase = match inferred(&phases, false) {
                        Phase::Unknown if asks => Phase::Waiting,
                        phase => phase,
                    };
                }
                return attempt;
            }
        };
        attempt.phase = settled;
        attempt.word = String::new();
        let ends = actions.filter_map(|run| ended(&run.run)).max();
        attempt.ended = ends.or(by).max(attempt.started);
        attempt
    }

    /// When the first stage after this one began.
    fn next_start(&self, name: &str, number: u64, start_of: Option<Moment>) -> Option<Moment> {
        let began = start_of?;
        let others = self.card.stages.iter().filter(|(other, _)| *other != name);
        let starts = others.flat_map(|(_, node)| {
            let later = numbers(node).into_iter().filter(|n| *n >= number);
            later.filter_map(|n| start(node, n))
        });
        starts.filter(|start| *start > began).min()
    }

    /// Whether a stage or an action of this attempt is known to have failed.
    fn is_known_to_have_failed(&self, number: u64) -> bool {
        self.card.stages.values().any(|node| {
            let stage = node.runs.get(&number).map(standing);
            let mut actions = node.actions.values();
            let action = actions.any(|a| a.runs.get(&number).map(phase) == Some(Phase::Failed));
            action || stage == Some(Phase::Failed)
        })
    }

    fn step(
        &self,
        place: (&str, &str),
        action: &card::Action,
        stage: &[Attempt],
        node: &card::Stage,
    ) -> Step {
        let asks = is_approval(action);
        let last = action.runs.keys().next_back().copied();
        let mut attempts: Vec<Attempt> = Vec::new();
        for (number, run) in &action.runs {
            let mut attempt = Attempt {
                number: *number,
                phase: phase(run),
                word: word(&run.run),
                started: run.run.started.0,
                ended: ended(&run.run),
            };
            if attempt.phase == Phase::Failed && run.run.standing.is_none() {
                attempt.ended = run.summary.as_ref().and_then(|said| said.at);
            }
            let around = stage.iter().find(|s| s.number == *number);
            if !attempt.phase.is_end() {
                let work = self.works.get((place.0, place.1, *number));
                let is_retried = last.is_some_and(|last| last > *number);
                let others = node.actions.values().filter_map(|a| a.runs.get(number));
                let open = others.clone().filter(|run| !phase(run).is_end()).count();
                let has_failed = others.clone().any(|run| phase(run) == Phase::Failed);
                let is_the_one = open == 1 && !has_failed;
                settle(&mut attempt, around, work, (is_retried, is_the_one));
            }
            if asks && attempt.phase == Phase::Running {
                attempt.phase = Phase::Waiting;
            }
            attempts.push(attempt);
        }
        if attempts.is_empty() {
            // Somebody is asked, or only its name is known.
            attempts.push(Attempt {
                number: 1,
                phase: match asks {
                    true => Phase::Waiting,
                    false => Phase::Unknown,
                },
                word: String::new(),
                started: None,
                ended: None,
            });
        }
        let work = last.and_then(|last| self.works.get((place.0, place.1, last)));
        let page = work.and_then(|work| Pages::of(self.card).work(work));
        let mut urls = action.runs.values().rev().map(|run| run.url.as_deref());
        let page = page.or_else(|| urls.find_map(|url| links::told("", url)));
        Step {
            name: place.1.to_owned(),
            provider: action.provider.clone(),
            attempts,
            url: page.map(|page| page.url),
        }
    }
}

/// Whether an action asks somebody.
pub(crate) fn is_approval(action: &card::Action) -> bool {
    action.approval.is_some() || action.category.as_deref() == Some("Approval")
}

/// Ends an attempt at an action that must have ended.
fn settle(
    attempt: &mut Attempt,
    stage: Option<&Attempt>,
    work: Option<Work<'_>>,
    (is_retried, is_the_one): (bool, bool),
) {
    let around = stage.filter(|stage| stage.phase.is_end());
    if around.is_none() && !is_retried {
        return;
    }
    let of_work = work.map(|work| (standing(work.run()), ended(work.run())));
    let of_work = of_work.filter(|(phase, _)| phase.is_end());
    let of_stage = around.map(|stage| match stage.phase {
        Phase::Failed if !is_the_one => (Phase::Stopped, stage.ended),
        phase => (phase, stage.ended),
    });
    let (phase, end) = of_work.or(of_stage).unwrap_or((Phase::Stopped, None));
    attempt.phase = phase;
    attempt.word = String::new();
    attempt.ended = end.max(attempt.started);
}

fn word(run: &Run) -> String {
    let standing = run.standing.as_ref();
    standing.map(|s| s.word.clone()).unwrap_or_default()
}

fn numbers(node: &card::Stage) -> BTreeSet<u64> {
    let of_actions = node.actions.values().flat_map(|action| action.runs.keys());
    node.runs.keys().chain(of_actions).copied().collect()
}

/// When an attempt at a stage began, by its own word or by its actions'.
fn start(node: &card::Stage, number: u64) -> Option<Moment> {
    let actions = node
        .actions
        .values()
        .filter_map(|action| action.runs.get(&number));
    let actions = actions.filter_map(|run| run.run.started.0);
    let own = node.runs.get(&number).and_then(|run| run.started.0);
    actions.chain(own).min()
}

/// The steps of a tool's run. One that has no end is ended where the run is.
fn steps(tool: &card::Tool, whole: &Whole) -> Vec<Stage> {
    let of = |runs: &BTreeMap<u64, Run>| {
        let last = runs.keys().next_back().copied();
        let attempts = runs.iter().map(|(number, run)| {
            let own = standing(run);
            let is_over = last.is_some_and(|last| last > *number)
                || whole.attempt > *number
                || whole.phase.is_end();
            let settled = match whole.phase {
                _ if own.is_end() || !is_over => None,
                Phase::Succeeded if whole.attempt == *number => Some(Phase::Succeeded),
                _ => Some(Phase::Stopped),
            };
            Attempt {
                number: *number,
                phase: settled.unwrap_or(own),
                word: settled.map_or_else(|| word(run), |_| String::new()),
                started: run.started.0,
                ended: ended(run).or(whole.ended.filter(|_| settled.is_some())),
            }
        });
        attempts.collect::<Vec<_>>()
    };
    let steps = tool.steps.iter().filter(|(_, runs)| !runs.is_empty());
    steps
        .map(|(name, runs)| Stage {
            name: name.clone(),
            attempts: of(runs),
            steps: Vec::new(),
        })
        .collect()
}
