use diagnosis::{Origin, Text};
use story::Finding;

use crate::{
    log::Log,
    plain::{TEXT, clean},
};

/// The most that texts take together, in bytes: a record is read and written
/// often.
const TEXTS: usize = 48 * 1024;

/// The most that texts take before they are cleaned, in bytes.
const LOOKED: usize = 2 * TEXTS;

/// The most lines about what is missing.
const MISSING: usize = 10;

/// The longest name, in bytes.
const NAME: usize = 200;

/// What AWS has answered so far. All that goes into it is cleaned.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    finding: Finding,
    /// How much was looked at, in bytes.
    looked: usize,
}

impl Answers {
    /// A text of a service. The same text is taken once.
    pub(crate) fn text(&mut self, origin: Origin, text: &str) {
        // Cleaning takes its time, too.
        if self.looked < LOOKED {
            self.looked += text.len().min(2 * TEXT);
            self.push(origin, clean(text, TEXT));
        }
    }

    fn push(&mut self, origin: Origin, text: String) {
        let texts = &mut self.finding.texts;
        let size: usize = texts.iter().map(|known| known.text.len()).sum();
        let text = Text { origin, text };
        if !text.text.is_empty() && size + text.text.len() <= TEXTS && !texts.contains(&text) {
            texts.push(text);
        }
    }

    /// A code and a message: `CODE: message`.
    pub(crate) fn coded(&mut self, origin: Origin, code: Option<&str>, message: Option<&str>) {
        let both: Vec<&str> = (code.into_iter().chain(message))
            .filter(|text| !text.trim().is_empty())
            .collect();
        self.text(origin, &both.join(": "));
    }

    /// A log; the first one stays.
    pub(crate) fn log(&mut self, log: Log) {
        if self.finding.log.is_empty() {
            self.push(Origin::BuildLog, log.text);
            self.finding.log = log.lines;
        }
    }

    /// The phase or the lifecycle event in which it failed; the first one stays.
    pub(crate) fn failed_at(&mut self, name: &str) {
        if self.finding.failed_at.is_none() && !name.is_empty() {
            self.finding.failed_at = Some(clean(name, NAME));
        }
    }

    /// How it was taken back.
    pub(crate) fn rollback(&mut self, rollback: story::Rollback) {
        let tidy = |text: Option<String>| text.map(|text| clean(&text, TEXT));
        self.finding.rollback = Some(story::Rollback {
            // These have their form already.
            failed: rollback.failed,
            serves: rollback.serves,
            deployment: tidy(rollback.deployment),
            message: tidy(rollback.message),
        });
    }

    /// What could not be had, and why.
    pub(crate) fn missing(&mut self, line: String) {
        let missing = &mut self.finding.missing;
        if missing.len() < MISSING && !missing.contains(&line) {
            missing.push(line);
        }
    }

    /// What an answer is, or that it is missing.
    pub(crate) fn had<T>(&mut self, answer: Result<T, String>) -> Option<T> {
        answer.map_err(|line| self.missing(line)).ok()
    }

    /// Takes in what was asked beside this.
    pub(crate) fn join(&mut self, other: Self) {
        let Finding {
            texts,
            log,
            failed_at,
            rollback,
            missing,
        } = other.finding;
        for text in texts {
            self.push(text.origin, text.text);
        }
        for line in missing {
            self.missing(line);
        }
        let own = &mut self.finding;
        if own.log.is_empty() {
            own.log = log;
        }
        own.failed_at = own.failed_at.take().or(failed_at);
        own.rollback = own.rollback.take().or(rollback);
    }

    pub(crate) fn done(self) -> Finding {
        self.finding
    }
}
