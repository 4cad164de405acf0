//! Routes, as they are once read.

use events::Phase;
use story::{Severity, Source, Story, Trend};
use wildmatch::WildMatch;
use wording::quoted;

use crate::Mention;

/// How many rules may give a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Matching {
    First,
    All,
}

/// A rule.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) name: String,
    pub(crate) when: When,
    /// None where the rule sends nowhere.
    pub(crate) to: Option<To>,
}

/// Where a rule sends.
#[derive(Debug, Clone, Default)]
pub(crate) struct To {
    /// None is the function's own.
    pub(crate) channel: Option<String>,
    pub(crate) mention: Option<Mention>,
}

/// What holds where no rule matches.
#[derive(Debug, Clone)]
pub(crate) enum Fallback {
    Quiet,
    Off,
    To(To),
}

/// What must hold for a rule to match: all of it, and of a list one. An empty
/// list is no condition.
#[derive(Debug, Clone, Default)]
pub(crate) struct When {
    pub(crate) source: Vec<Source>,
    pub(crate) pipeline: Vec<Glob>,
    pub(crate) application: Vec<Glob>,
    pub(crate) name: Vec<Glob>,
    pub(crate) state: Vec<State>,
    pub(crate) severity: Option<Severity>,
}

impl When {
    /// Whether anything matches.
    pub(crate) fn is_empty(&self) -> bool {
        self.source.is_empty()
            && self.pipeline.is_empty()
            && self.application.is_empty()
            && self.name.is_empty()
            && self.state.is_empty()
            && self.severity.is_none()
    }
}

/// A pattern of names: `*` is any text, `?` any one character.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Glob {
    written: String,
    pattern: WildMatch,
}

impl Glob {
    pub(crate) fn new(written: &str) -> Self {
        Self {
            written: written.to_owned(),
            pattern: WildMatch::new(written),
        }
    }

    pub(crate) fn matches(&self, name: &str) -> bool {
        self.pattern.matches(name)
    }

    /// Whether this one surely matches whatever the other one does.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        // Without `?`, a wildcard of the other one can only be taken in by a
        // `*` of this one, which takes in whatever it stands for.
        let is_exact = |glob: &Self| !glob.written.contains(['*', '?']);
        (!self.written.contains('?') || is_exact(other)) && self.matches(&other.written)
            || self.written == other.written
    }

    pub(crate) fn shown(&self) -> String {
        quoted(&self.written)
    }
}

/// A state that a rule can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Running,
    Waiting,
    Stopped,
    Succeeded,
    Failed,
    Broke,
    StillBroken,
    Recovered,
    RolledBack,
}

impl State {
    /// All of them, in the order they are documented.
    const ALL: [State; 9] = [
        State::Running,
        State::Waiting,
        State::Stopped,
        State::Succeeded,
        State::Failed,
        State::Broke,
        State::StillBroken,
        State::Recovered,
        State::RolledBack,
    ];

    /// The words for states; two of them mean the same.
    pub(crate) const WORDS: [&str; 10] = [
        "started",
        "running",
        "waiting",
        "stopped",
        "succeeded",
        "failed",
        "broke",
        "still-broken",
        "recovered",
        "rolled-back",
    ];

    pub(crate) fn read(word: &str) -> Option<Self> {
        let named = |state: &Self| state.word() == word;
        match word {
            "started" => Some(State::Running),
            _ => Self::ALL.into_iter().find(named),
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            State::Running => "running",
            State::Waiting => "waiting",
            State::Stopped => "stopped",
            State::Succeeded => "succeeded",
            State::Failed => "failed",
            State::Broke => "broke",
            State::StillBroken => "still-broken",
            State::Recovered => "recovered",
            State::RolledBack => "rolled-back",
        }
    }

    /// The states that a story is in: one that failed may have been rolled back
    /// too, and one that runs may wait for somebody.
    pub(crate) fn of(story: &Story) -> Vec<Self> {
        Self::ALL.into_iter().filter(|s| s.is(story)).collect()
    }

    fn is(self, story: &Story) -> bool {
        let phase = story.phase;
        match self {
            State::Running => matches!(phase, Phase::Running | Phase::Stopping),
            State::Waiting => {
                phase == Phase::Waiting || !phase.is_end() && !story.waiting.is_empty()
            }
            State::Stopped => phase == Phase::Stopped,
            State::Succeeded => phase == Phase::Succeeded,
            State::Failed => phase == Phase::Failed,
            State::Broke => matches!(story.trend, Some(Trend::Broke)),
            State::StillBroken => matches!(story.trend, Some(Trend::StillBroken { .. })),
            State::Recovered => matches!(story.trend, Some(Trend::Recovered { .. })),
            State::RolledBack => story.rollback.is_some(),
        }
    }

    /// Whether something of this kind can ever be in this state.
    pub(crate) fn is_of(self, source: Source) -> bool {
        match self {
            // Only pipelines are compared with their earlier executions.
            State::Broke | State::StillBroken | State::Recovered => source == Source::Pipeline,
            State::RolledBack => deploys(source),
            _ => true,
        }
    }
}

/// All kinds of things, by their names, in the order they are documented.
pub(crate) const SOURCES: [(&str, Source); 9] = [
    ("pipeline", Source::Pipeline),
    ("build", Source::Build),
    ("deployment", Source::Deployment),
    ("ecs", Source::Ecs),
    ("approval", Source::Approval),
    ("tool", Source::Tool),
    ("image", Source::Image),
    ("repository", Source::Repository),
    ("other", Source::Other),
];

/// All severities, by their names.
pub(crate) const SEVERITIES: [(&str, Severity); 3] = [
    ("info", Severity::Info),
    ("warning", Severity::Warning),
    ("error", Severity::Error),
];

/// The name of a kind of things.
pub(crate) fn source_name(source: Source) -> &'static str {
    let found = SOURCES.iter().find(|(_, s)| *s == source);
    found.map_or("other", |(name, _)| name)
}

/// The name of a severity.
pub(crate) fn severity_name(severity: Severity) -> &'static str {
    let found = SEVERITIES.iter().find(|(_, s)| *s == severity);
    found.map_or("info", |(name, _)| name)
}

/// Whether something of this kind can have a pipeline.
pub(crate) fn has_pipeline(source: Source) -> bool {
    matches!(source, Source::Pipeline | Source::Approval)
}

/// Whether something of this kind can deploy an application.
pub(crate) fn deploys(source: Source) -> bool {
    matches!(source, Source::Pipeline | Source::Deployment | Source::Ecs)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_and_states_are_the_same() {
        for word in State::WORDS {
            let state = State::read(word).unwrap();
            assert!(state.word() == word || word == "started");
        }
        assert_eq!(State::ALL.len() + 1, State::WORDS.len());
        assert_eq!(State::read("STARTED"), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        #[test]
        fn what_a_glob_covers_it_matches(
            one in "[ab*?]{1,5}",
            other in "[ab*?]{1,5}",
            name in "[abc]{0,6}",
        ) {
            let (one, other) = (Glob::new(&one), Glob::new(&other));
            prop_assert!(!one.covers(&other) || !other.matches(&name) || one.matches(&name));
        }
    }
}
