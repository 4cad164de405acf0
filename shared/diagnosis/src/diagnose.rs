use std::sync::OnceLock;

use redact::redact;
use regex_lite::Regex;
use serde::{Deserialize, Serialize};
use verdict::shorten;

use crate::CATALOGUE;

/// Where a text comes from. A failure is looked for only where it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// What CodePipeline says of an action.
    Action,
    /// What CodeBuild says of a phase.
    BuildPhase,
    /// The log of a build.
    BuildLog,
    /// CodeDeploy's error: code and message, `CODE: message`.
    Deployment,
    /// What a lifecycle event of a deployment says.
    LifecycleEvent,
    /// An event of an ECS service.
    Service,
    /// Why a task or one of its containers stopped.
    Task,
}

/// Whether a failure explains another one, or is explained by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// It is why something failed.
    Cause,
    /// It is what one sees; the cause may be told elsewhere.
    Symptom,
}

/// A failure that is known: one entry of the catalogue.
#[derive(Debug)]
pub struct Failure {
    /// Its name, in messages and in the documentation.
    pub name: &'static str,
    /// Where it is told.
    pub origins: &'static [Origin],
    /// How it is recognised: a regular expression on a text, whatever its case.
    pub pattern: &'static str,
    /// What happened, in plain words: one sentence.
    pub happened: &'static str,
    /// What to do, as one sentence.
    pub remedy: &'static str,
    /// The page that tells more.
    pub link: &'static str,
    /// Whether it explains others.
    pub role: Role,
}

/// A text and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// Where it comes from.
    pub origin: Origin,
    /// The text.
    pub text: String,
}

/// A failure that was recognised, and in what.
#[derive(Debug, Clone)]
pub struct Diagnosis {
    /// The failure.
    pub failure: &'static Failure,
    /// Where it was told.
    pub origin: Origin,
    /// The line that tells it, shortened, without secrets.
    pub evidence: String,
}

/// The longest line of evidence, in characters.
const EVIDENCE: usize = 300;

/// The longest text that is looked at, in bytes: the end of a longer one, where
/// the reason of a failure stands.
const LONGEST: usize = 64 * 1024;

/// What is known of these texts: causes before symptoms, and otherwise in the
/// order of the catalogue; each failure once.
pub fn diagnose(texts: &[Text]) -> Vec<Diagnosis> {
    let mut found: Vec<Diagnosis> = CATALOGUE
        .iter()
        .zip(patterns())
        .filter_map(|(failure, pattern)| seen(failure, pattern.as_ref()?, texts))
        .collect();
    found.sort_by_key(|diagnosis| diagnosis.failure.role);
    found
}

fn seen(failure: &'static Failure, pattern: &Regex, texts: &[Text]) -> Option<Diagnosis> {
    let told = |text: &&Text| failure.origins.contains(&text.origin);
    texts.iter().filter(told).find_map(|text| {
        let part = end(&text.text);
        let matched = pattern.find(part)?;
        Some(Diagnosis {
            failure,
            origin: text.origin,
            evidence: evidence(part, matched.start(), matched.end()),
        })
    })
}

/// The lines that a match stands in.
fn evidence(text: &str, start: usize, end: usize) -> String {
    let from = text
        .get(..start)
        .and_then(|t| t.rfind('\n'))
        .map_or(0, |n| n + 1);
    let rest = text.get(end..).unwrap_or_default();
    let to = rest.find('\n').map_or(text.len(), |n| end + n);
    // Secrets first: half of one would not be known for one.
    shorten(
        &redact(text.get(from..to).unwrap_or_default().trim()),
        EVIDENCE,
    )
}

fn end(text: &str) -> &str {
    let mut from = text.len().saturating_sub(LONGEST);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    text.get(from..).unwrap_or_default()
}

/// The catalogue's patterns, compiled once. That all of them compile is a test;
/// one that doesn't would recognise nothing.
fn patterns() -> &'static [Option<Regex>] {
    static PATTERNS: OnceLock<Vec<Option<Regex>>> = OnceLock::new();
    PATTERNS.get_or_init(|| {
        let compile = |failure: &Failure| Regex::new(&format!("(?i){}", failure.pattern)).ok();
        CATALOGUE.iter().map(compile).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_is_one() {
        for (failure, pattern) in CATALOGUE.iter().zip(patterns()) {
            assert!(pattern.is_some(), "{}: {}", failure.name, failure.pattern);
        }
    }
}
