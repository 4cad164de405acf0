//! What does the work of running actions, and whose work something does: what
//! events tell late or never.

use std::time::Duration;

use card::{Card, Key};
use events::{Moment, Phase};

use crate::record::{Looked, later};

/// How often is looked for the works of an action.
const LOOKS: u32 = 3;

/// The providers whose works make events of their own. Builds say themselves
/// which pipeline started them.
const PROVIDERS: &[&str] = &["CodeDeploy", "CodeDeployToECS", "ECS"];

/// The running actions whose works make events of their own, and are not known
/// yet.
pub(crate) fn sought(card: &Card) -> Vec<String> {
    let mut sought = Vec::new();
    for (stage, node) in &card.stages {
        for (name, action) in &node.actions {
            let provider = action.provider.as_deref().unwrap_or_default();
            if !PROVIDERS.contains(&provider) {
                continue;
            }
            for (attempt, run) in &action.runs {
                let phase = run.run.standing.as_ref().map(|standing| standing.phase);
                if run.external.is_none() && phase == Some(Phase::Running) {
                    sought.push(format!("{stage}/{name}/{attempt}"));
                }
            }
        }
    }
    sought
}

/// What an event has to do about works that are not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Look {
    /// Nothing: there are none, or another event sees to them.
    Nothing,
    /// To come back after this time, when this is written down.
    Wait(Looked, Duration),
    /// To ask now, when this is written down.
    Ask(Looked),
}

/// Decides for one event, at this time.
pub(crate) fn look(
    looked: Option<&Looked>,
    sought: Vec<String>,
    event: &str,
    (now, hold): (Moment, Duration),
) -> Look {
    if sought.is_empty() || hold.is_zero() {
        return Look::Nothing;
    }
    // The first look when the action has had time to begin, the last one before
    // the others are no longer held.
    let pause = |times: u32| hold.mul_f64(0.25 * f64::from(times + 1));
    let known = looked.filter(|looked| looked.sought == sought);
    match known {
        None => {
            let looked = Looked {
                by: event.to_owned(),
                next: later(now, pause(0)),
                times: 0,
                sought,
            };
            Look::Wait(looked, pause(0))
        }
        Some(looked) if looked.by != event || looked.times >= LOOKS => Look::Nothing,
        Some(looked) if now < looked.next => {
            let left = looked.left(now).unwrap_or_default();
            Look::Wait(looked.clone(), left)
        }
        Some(looked) => Look::Ask(Looked {
            times: looked.times + 1,
            next: later(now, pause(looked.times + 1)),
            ..looked.clone()
        }),
    }
}

impl Looked {
    /// The time to the next look; None: there is none.
    pub(crate) fn left(&self, now: Moment) -> Option<Duration> {
        let left = self.next.0.saturating_sub(now.0).max(0);
        (self.times < LOOKS).then(|| Duration::from_millis(left.unsigned_abs()))
    }
}

/// Whether it may turn out that this belongs to another card.
pub(crate) fn may_be_part(key: &Key, card: &Card) -> bool {
    if card.part_of.is_some() {
        return false;
    }
    match key {
        Key::Build(id) => {
            let build = card.builds.get(id);
            build.is_some_and(|build| build.pipeline.is_some())
        }
        Key::Deployment(_) | Key::EcsDeployment(_) | Key::Approval(..) => true,
        Key::Execution(_) | Key::Tool(..) | Key::Image(..) | Key::Event(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOLD: Duration = Duration::from_secs(20);

    fn at(seconds: i64, looked: Option<&Looked>, event: &str) -> Look {
        let sought = vec!["Deploy/ToEcs/1".to_owned()];
        look(looked, sought, event, (Moment(seconds * 1000), HOLD))
    }

    #[test]
    fn one_event_looks_three_times_and_the_others_leave() {
        let Look::Wait(first, left) = at(0, None, "a") else {
            panic!("the first one waits");
        };
        assert_eq!(left, Duration::from_secs(5));
        assert_eq!(at(1, Some(&first), "b"), Look::Nothing);
        let Look::Wait(same, left) = at(2, Some(&first), "a") else {
            panic!("it came back too early");
        };
        assert_eq!((&same, left), (&first, Duration::from_secs(3)));
        let mut looked = first;
        for (now, times, left) in [(5, 1, Some(10)), (15, 2, Some(15)), (30, 3, None)] {
            let Look::Ask(next) = at(now, Some(&looked), "a") else {
                panic!("it looks at {now}");
            };
            assert_eq!(next.times, times);
            let told = next.left(Moment(now * 1000));
            assert_eq!(told, left.map(Duration::from_secs));
            looked = next;
        }
        assert_eq!(at(100, Some(&looked), "a"), Look::Nothing);
    }

    #[test]
    fn nothing_is_looked_for_where_nothing_waits() {
        let none = |sought, hold| look(None, sought, "a", (Moment(0), hold));
        assert_eq!(none(Vec::new(), HOLD), Look::Nothing);
        assert_eq!(none(vec!["a".to_owned()], Duration::ZERO), Look::Nothing);
    }
}
