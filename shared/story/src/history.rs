use std::{cmp::Reverse, collections::BTreeMap};

use card::{Card, Join};
use events::{Moment, Phase};
use serde::{Deserialize, Serialize};

/// How an execution ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Ending {
    /// The attempt that ended.
    pub attempt: u64,
    /// When the execution began, or as early as is known.
    pub started: Option<Moment>,
    /// When it ended.
    pub at: Option<Moment>,
    /// How: succeeded or failed. What was stopped tells nothing of the code.
    pub phase: Phase,
}

/// How the latest executions of a pipeline ended, by their ids. Merging keeps
/// the latest ones, in any order and any number of times with the same result.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct History(pub BTreeMap<String, Ending>);

/// How an execution stands to those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trend {
    /// It failed, and the one before it had not.
    Broke,
    /// It failed, and so did the ones before it.
    StillBroken {
        /// How many in a row, this one too.
        times: u64,
        /// When the first of them ended.
        since: Option<Moment>,
    },
    /// It succeeded, and the ones before it had failed.
    Recovered {
        /// How many had.
        after: u64,
        /// When the first of them ended.
        since: Option<Moment>,
    },
}

/// How many executions are remembered.
const REMEMBERED: usize = 50;

impl Ending {
    /// Of two endings of one execution the later counts; this decides for each
    /// two that differ, so that merging has no order.
    fn rank(&self) -> (Option<Moment>, u64, Phase, Option<Reverse<Moment>>) {
        (self.at, self.attempt, self.phase, self.started.map(Reverse))
    }

    /// Since when, for what came before what.
    fn began(&self) -> Option<Moment> {
        self.started.or(self.at)
    }
}

impl Join for History {
    fn join(&mut self, other: Self) {
        for (id, ending) in other.0 {
            let known = self.0.entry(id).or_insert(ending);
            if ending.rank() > known.rank() {
                *known = ending;
            }
        }
        // An execution that is left out had that many after it, and will have.
        while self.0.len() > REMEMBERED {
            let first = self
                .0
                .iter()
                .map(|(id, ending)| (ending.at, id.clone()))
                .min();
            if let Some((_, id)) = first {
                self.0.remove(&id);
            }
        }
    }
}

impl History {
    /// Takes in how an execution ended, if it has. Answers whether that is new.
    pub fn take(&mut self, card: &Card) -> bool {
        let Some((id, ending)) = ending(card) else {
            return false;
        };
        let before = self.clone();
        self.join(Self([(id, ending)].into()));
        *self != before
    }

    /// How this execution stands to those that began before it. None where
    /// nothing changed, or nothing is known of earlier ones.
    pub fn trend(&self, execution: &str) -> Option<Trend> {
        let own = self.0.get(execution)?;
        let order = |id: &str, ending: &Ending| (ending.began(), id.to_owned());
        let of_own = order(execution, own);
        let mut earlier: Vec<((Option<Moment>, String), &Ending)> = (self.0.iter())
            .map(|(id, ending)| (order(id, ending), ending))
            .filter(|(order, _)| *order < of_own)
            .collect();
        earlier.sort_by(|a, b| b.0.cmp(&a.0));
        let failed = earlier.iter().map(|(_, ending)| *ending);
        let failed: Vec<&Ending> = failed.take_while(|e| e.phase == Phase::Failed).collect();
        let times = u64::try_from(failed.len()).unwrap_or(u64::MAX);
        let since = failed.last().and_then(|ending| ending.at);
        match (own.phase, times) {
            (Phase::Failed, 0) => (!earlier.is_empty()).then_some(Trend::Broke),
            (Phase::Failed, times) => Some(Trend::StillBroken {
                times: times.saturating_add(1),
                since,
            }),
            (Phase::Succeeded, 1..) => Some(Trend::Recovered {
                after: times,
                since,
            }),
            _ => None,
        }
    }
}

impl Trend {
    /// Whether it can be said of what stands so.
    pub(crate) fn fits(self, phase: Phase) -> bool {
        match self {
            Trend::Broke | Trend::StillBroken { .. } => phase == Phase::Failed,
            Trend::Recovered { .. } => phase == Phase::Succeeded,
        }
    }
}

/// How the execution of a card ended: its latest attempt, if it succeeded or
/// failed.
fn ending(card: &Card) -> Option<(String, Ending)> {
    let id = card.execution.as_ref()?.execution.clone();
    let (attempt, run) = card.runs.last_key_value()?;
    let standing = run.standing.as_ref()?;
    let starts = card.runs.values().filter_map(|run| run.started.0);
    let ending = Ending {
        attempt: *attempt,
        started: starts.min(),
        at: standing.at,
        phase: standing.phase,
    };
    matches!(ending.phase, Phase::Succeeded | Phase::Failed).then_some((id, ending))
}
