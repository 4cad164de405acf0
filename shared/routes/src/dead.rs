//! Rules that can never match: mistakes, since somebody waits for them.

use story::Source;
use wording::{either, quoted};
use yaml::{Mistake, Place};

use crate::{
    model::{Glob, Matching, Rule, SOURCES, State, When, deploys, has_pipeline, source_name},
    reading::{At, Reading},
};

/// Conditions as they are written, with their places.
#[derive(Debug, Default)]
pub(crate) struct Conditions {
    pub(crate) source: Vec<At<Source>>,
    pub(crate) pipeline: Vec<At<Glob>>,
    pub(crate) application: Vec<At<Glob>>,
    pub(crate) name: Vec<At<Glob>>,
    pub(crate) state: Vec<At<State>>,
}

impl Conditions {
    /// Tells of conditions that exclude each other.
    pub(crate) fn check(&self, reading: &mut Reading) {
        let given: Vec<Source> = self.source.iter().map(|s| s.value).collect();
        let mut left = match given.is_empty() {
            true => SOURCES.map(|(_, source)| source).to_vec(),
            false => given.clone(),
        };
        let of = match given.is_empty() {
            true => String::new(),
            false => {
                let names: Vec<&str> = given.iter().map(|s| source_name(*s)).collect();
                format!(", and this rule is about {}", either(&names))
            }
        };
        if let Some(first) = self.pipeline.first() {
            left.retain(|source| has_pipeline(*source));
            if left.is_empty() {
                let text = format!("only the sources pipeline and approval have a pipeline{of}");
                return reading.wrong(first.at, format!("this can never match: {text}"));
            }
        }
        if let Some(first) = self.application.first() {
            left.retain(|source| deploys(*source));
            if left.is_empty() {
                let text = "only the sources pipeline, deployment and ecs have an application";
                return reading.wrong(first.at, format!("this can never match: {text}{of}"));
            }
        }
        for state in &self.state {
            if left.iter().any(|source| state.value.is_of(*source)) {
                continue;
            }
            let able = SOURCES.iter().filter(|(_, s)| state.value.is_of(*s));
            let able: Vec<&str> = able.map(|(name, _)| *name).collect();
            let text = format!(
                "this can never match: only the source {} can be {}{of}",
                either(&able),
                state.value.word()
            );
            reading.wrong(state.at, text);
        }
    }
}

/// Rules that are never looked at, since an earlier one takes all that they
/// could match.
pub(crate) fn unreachable(matching: Matching, rules: &[(Place, Rule)]) -> Vec<Mistake> {
    let mut dead = Vec::new();
    for (n, (at, rule)) in rules.iter().enumerate() {
        // A rule after which none is looked at.
        let ends = |earlier: &Rule| matching == Matching::First || earlier.to.is_none();
        let mut before = rules.iter().take(n);
        let by = before.find(|(_, r)| ends(r) && r.when.covers(&rule.when));
        let Some((earlier_at, earlier)) = by else {
            continue;
        };
        let line = earlier_at.line;
        let why = match earlier.when.is_empty() {
            true => "matches everything",
            false => "matches all that this one could",
        };
        let name = quoted(&earlier.name);
        let text = format!("this rule can never match: {name} in line {line} {why}");
        dead.push(Mistake::new(*at, text));
    }
    dead
}

impl When {
    /// Whether this surely matches whatever the other one matches.
    fn covers(&self, other: &Self) -> bool {
        let globs = |own: &[Glob], others: &[Glob]| {
            covers(own, others, |own: &Glob, other: &Glob| own.covers(other))
        };
        covers(&self.source, &other.source, PartialEq::eq)
            && covers(&self.state, &other.state, PartialEq::eq)
            && globs(&self.pipeline, &other.pipeline)
            && globs(&self.application, &other.application)
            && globs(&self.name, &other.name)
            && self
                .severity
                .is_none_or(|least| Some(least) <= other.severity)
    }
}

fn covers<T>(own: &[T], others: &[T], one: impl Fn(&T, &T) -> bool) -> bool {
    let covered = |other: &T| own.iter().any(|own| one(own, other));
    own.is_empty() || !others.is_empty() && others.iter().all(covered)
}
