//! One probe at one target, from its first attempt to its outcome.

use std::time::Duration;

use plan::Probe;
use tokio::time::{Instant, sleep_until};
use verdict::{Outcome, Status, Timing};

use crate::{
    attempt::{Attempt, Miss, Question},
    cadence::{Cadence, Next, Standing},
    prober::{Progress, Target},
    words::span,
};

/// Everything that one line needs.
pub(crate) struct Line<'a> {
    pub(crate) probe: &'a Probe,
    pub(crate) target: &'a Target,
    pub(crate) question: Question,
    /// When all lines end.
    pub(crate) deadline: Instant,
    pub(crate) listener: &'a (dyn Fn(Progress) + Sync),
}

impl Line<'_> {
    /// What evidence calls the target.
    fn shown(&self) -> String {
        format!("{} through {}", self.question.shown, self.target.label)
    }

    /// Attempts until enough of them have succeeded in a row, or the time is
    /// over.
    pub(crate) async fn run(&self) -> Outcome {
        let start = Instant::now();
        let left = self.deadline.saturating_duration_since(start);
        let cadence = Cadence {
            healthy: self.probe.healthy,
            every: self.probe.every,
            ends: self.probe.timeout.min(left),
        };
        let mut standing = Standing::default();
        let mut last: Option<Attempt> = None;
        let passed = loop {
            let at = match cadence.next(standing, start.elapsed()) {
                Next::Passed => break true,
                Next::Failed => break false,
                Next::Attempt(at) => at,
            };
            sleep_until(start + at).await;
            let attempt = self.question.attempt(start + cadence.ends).await;
            standing = standing.after(at, attempt.found.is_ok());
            self.tell(&attempt, standing, start);
            let last_word = matches!(&attempt.found, Err(miss) if !miss.again);
            // An attempt that was cut off says less than the one before it.
            if !attempt.cut || last.is_none() {
                last = Some(attempt);
            }
            if last_word {
                break false;
            }
        };
        let ended = Ended {
            passed,
            standing,
            last,
            elapsed: start.elapsed(),
            short: left < self.probe.timeout,
        };
        self.outcome(ended)
    }

    fn tell(&self, attempt: &Attempt, standing: Standing, start: Instant) {
        let (got, expected) = match &attempt.found {
            Ok(got) => (got.clone(), None),
            Err(miss) => {
                let expected = miss.expected.as_ref().unwrap_or(&self.question.expected);
                (miss.got.clone(), Some(expected.clone()))
            }
        };
        (self.listener)(Progress {
            probe: self.probe.name.clone(),
            target: self.shown(),
            through: self.target.label.clone(),
            attempt: standing.attempts,
            passed: attempt.found.is_ok(),
            streak: standing.streak,
            needed: self.probe.healthy.max(1),
            got,
            expected,
            elapsed_ms: Timing::millis(start.elapsed()),
            timing: attempt.timing,
        });
    }

    fn outcome(&self, ended: Ended) -> Outcome {
        let mut outcome = Outcome::new(self.probe.name.clone(), Status::Passed)
            .with_target(self.shown())
            .with_expected(self.question.expected.clone());
        outcome.attempts = ended.standing.attempts;
        outcome.elapsed_ms = Timing::millis(ended.elapsed);
        outcome.timing = ended.last.as_ref().map(|attempt| attempt.timing);
        let Some(last) = ended.last else {
            outcome.status = Status::Errored;
            return outcome.with_got("no time was left for an attempt");
        };
        match last.found {
            Ok(got) if ended.passed => outcome.with_got(got),
            Ok(got) => {
                // One success that is needed would be a pass: these are several.
                outcome.status = Status::Failed;
                let (needed, ends) = (self.probe.healthy.max(1), self.end_words(ended.short));
                let outcome = outcome
                    .with_expected(format!("{needed} successes in a row"))
                    .with_got(format!(
                        "too few of them when {ends}, the last answer was {got}"
                    ));
                match ended.short {
                    true => outcome.with_remedy(MORE_TIME),
                    false => outcome,
                }
            }
            Err(miss) => self.missed(outcome, miss, ended.short),
        }
    }

    fn missed(&self, mut outcome: Outcome, miss: Miss, short: bool) -> Outcome {
        outcome.expected = miss.expected.or(outcome.expected);
        outcome.remedy = miss.remedy;
        outcome.got = Some(miss.got);
        if !miss.again {
            outcome.status = Status::Errored;
            return outcome;
        }
        outcome.status = Status::Failed;
        if short {
            outcome.got = outcome
                .got
                .map(|got| format!("{got} ({})", self.end_words(true)));
            outcome.remedy.get_or_insert_with(|| MORE_TIME.to_owned());
        }
        outcome
    }

    /// What ended the line.
    fn end_words(&self, short: bool) -> String {
        let timeout = span(self.probe.timeout);
        match short {
            true => format!("the gate's time was over before the probe's {timeout}"),
            false => format!("the probe's {timeout} were over"),
        }
    }
}

/// For a probe that the gate cut short.
const MORE_TIME: &str = "give the function a longer timeout, or the probe a shorter one";

/// How a line came to its end.
struct Ended {
    passed: bool,
    standing: Standing,
    /// The last attempt that says something.
    last: Option<Attempt>,
    elapsed: Duration,
    /// The gate had less time than the probe.
    short: bool,
}
