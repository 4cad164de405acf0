//! What is known of a file's run at any moment. It outlives the run itself: when
//! the time is over, or the run panics, the report is made of what is here.

use exchange::Jar;
use hurl::{Span, ast::Entry};
use hurl_eval::{Redactor, Variables};
use tokio::time::Instant;

use crate::{
    Ending, EntryReport, Failure, FileReport,
    attempt::Tried,
    report::{TIME, millis},
    suite::TestFile,
};

/// So many rounds of a repeated entry are kept, if they pass.
const ROUNDS: usize = 1_000;

/// A run of a file.
pub(crate) struct State<'a> {
    test: &'a TestFile,
    /// The variables, as they are now.
    pub(crate) variables: Variables,
    /// The cookies.
    pub(crate) jar: Jar,
    /// Requests that were sent.
    pub(crate) requests: u32,
    checks: u32,
    start: Instant,
    done: Vec<Raw>,
    /// The entry that is next, or going on.
    index: usize,
    rounds: usize,
    doing: Option<Doing>,
}

/// An entry that is going on.
pub(crate) struct Doing {
    start: Instant,
    /// How often it was tried, this time included.
    pub(crate) attempts: u32,
    /// The URL, once it is known.
    pub(crate) url: Option<String>,
    /// What it waits for.
    pub(crate) step: Step,
    /// How long the bodies are that it shows, in characters.
    pub(crate) body: usize,
    /// The attempt before.
    pub(crate) before: Option<Tried>,
}

/// What an entry waits for.
pub(crate) enum Step {
    /// For a file's bytes.
    File(String),
    /// For its delay.
    Delay,
    /// For the answer.
    Answer,
    /// For the next attempt.
    Pause,
    /// For nothing.
    Work,
}

/// An entry's report with all that is kept of its texts, secrets included.
struct Raw {
    report: EntryReport,
    body: usize,
}

/// Why a file's run ended before its end.
pub(crate) enum Stop {
    /// The deadline.
    Time,
    /// A panic, and what it said.
    Panic(String),
}

impl<'a> State<'a> {
    pub(crate) fn new(test: &'a TestFile, variables: Variables) -> Self {
        Self {
            test,
            variables,
            jar: Jar::default(),
            requests: 0,
            checks: 0,
            start: Instant::now(),
            done: Vec::new(),
            index: 0,
            rounds: 0,
            doing: None,
        }
    }

    /// The next entry begins, or another round of it.
    pub(crate) fn begin(&mut self, body: usize) {
        self.doing = Some(Doing {
            start: Instant::now(),
            attempts: 0,
            url: None,
            step: Step::Work,
            body,
            before: None,
        });
    }

    /// The number of the entry that is next, or going on, from 1.
    pub(crate) fn number(&self) -> u32 {
        number(self.index)
    }

    /// What is going on, if anything is.
    pub(crate) fn doing(&mut self) -> Option<&mut Doing> {
        self.doing.as_mut()
    }

    /// What the entry waits for now.
    pub(crate) fn wait_for(&mut self, step: Step) {
        if let Some(doing) = &mut self.doing {
            doing.step = step;
        }
    }

    /// A request goes out.
    pub(crate) fn asks(&mut self, url: &str) {
        self.requests = self.requests.saturating_add(1);
        if let Some(doing) = &mut self.doing {
            doing.url = Some(url.to_owned());
            doing.step = Step::Answer;
        }
    }

    /// An entry has ended so. Its report is free of the secrets known by now.
    pub(crate) fn finish(&mut self, ending: Ending, tried: Tried) -> Option<EntryReport> {
        let doing = self.doing.take()?;
        let entry = self.test.file.entries.get(self.index)?;
        let report = EntryReport {
            ending,
            attempts: doing.attempts,
            elapsed_ms: millis(doing.start.elapsed()),
            failures: tried.failures,
            exchanges: tried.exchanges,
            ..self.blank(self.index, entry)
        };
        let report = EntryReport {
            url: tried.url.or(doing.url).unwrap_or(report.url),
            ..report
        };
        self.checks = self.checks.saturating_add(tried.checks);
        self.rounds += 1;
        let shown = report.shown(&self.redactor(), doing.body);
        if ending != Ending::Passed || self.rounds <= ROUNDS {
            let body = doing.body;
            self.done.push(Raw { report, body });
        }
        Some(shown)
    }

    /// The entry is done with, all rounds of it.
    pub(crate) fn advance(&mut self) {
        self.index += 1;
        self.rounds = 0;
    }

    /// The run was broken off: what was going on ends by it.
    pub(crate) fn stop(&mut self, stop: Stop) -> Option<EntryReport> {
        if self.doing.is_none() && matches!(stop, Stop::Panic(_)) {
            self.begin(0);
        }
        let before = self.doing.as_mut()?.before.take().unwrap_or_default();
        let entry = self.test.file.entries.get(self.index)?;
        let (ending, failure) = match stop {
            Stop::Time => (Ending::Failed, self.time_over(entry)),
            Stop::Panic(said) => (Ending::Errored, self.panicked(entry, &said)),
        };
        let mut failures = vec![failure];
        failures.extend(before.failures);
        let report = self.finish(ending, Tried { failures, ..before });
        self.advance();
        report
    }

    /// How the file ended. Everything that did not get to run is not run.
    pub(crate) fn report(self) -> FileReport {
        let redactor = self.redactor();
        let rest = self.test.file.entries.iter().enumerate().skip(self.index);
        let not_run = rest.map(|(index, entry)| self.blank(index, entry));
        let done = self.done.iter();
        let entries: Vec<EntryReport> = done
            .map(|raw| raw.report.shown(&redactor, raw.body))
            .chain(not_run.map(|report| report.shown(&redactor, 0)))
            .collect();
        let ran = entries.iter().filter(|e| e.ending != Ending::Skipped);
        let skipped = if entries.is_empty() {
            Ending::Passed
        } else {
            Ending::Skipped
        };
        FileReport {
            file: self.test.source.name().to_owned(),
            ending: ran.map(|e| e.ending).max().unwrap_or(skipped),
            entries,
            requests: self.requests,
            checks: self.checks,
            elapsed_ms: millis(self.start.elapsed()),
        }
    }

    fn redactor(&self) -> Redactor {
        Redactor::new(self.variables.secrets())
    }

    /// An entry that did not get to run.
    fn blank(&self, index: usize, entry: &Entry) -> EntryReport {
        let source = &self.test.source;
        EntryReport {
            entry: number(index),
            line: source.place(entry.request.method.span).line,
            method: entry.request.method.value.clone(),
            url: written(source, entry.request.url.span),
            ending: Ending::NotRun,
            attempts: 0,
            elapsed_ms: 0.0,
            failures: Vec::new(),
            exchanges: Vec::new(),
        }
    }

    fn time_over(&self, entry: &Entry) -> Failure {
        let doing = self.doing.as_ref();
        let attempts = doing.map_or(0, |d| d.attempts);
        let during = match doing.map(|d| &d.step) {
            Some(Step::File(name)) => format!(", while it read the file {name}"),
            Some(Step::Delay) => ", during its delay".to_owned(),
            Some(Step::Answer) => format!(", while attempt {attempts} waited for the answer"),
            Some(Step::Pause) => format!(", in the pause after attempt {attempts}"),
            Some(Step::Work) | None => String::new(),
        };
        let after = doing.map_or_else(Default::default, |d| d.start.elapsed());
        let after = after.as_secs_f64();
        let actual = format!("the time was over after {after:.1} s{during}");
        failure(&self.test.source, entry.request.url.span, TIME, actual)
    }

    fn panicked(&self, entry: &Entry, said: &str) -> Failure {
        let actual = format!("it panicked: {said}");
        let span = entry.request.url.span;
        let failure = failure(&self.test.source, span, "run", actual);
        Failure {
            remedy: Some("this is a mistake in Greenlight; report it".to_owned()),
            ..failure
        }
    }
}

fn number(index: usize) -> u32 {
    u32::try_from(index + 1).unwrap_or(u32::MAX)
}

/// Something that went wrong at a place.
pub(crate) fn failure(
    source: &hurl::Source,
    span: Span,
    subject: &str,
    actual: impl Into<String>,
) -> Failure {
    let place = source.place(span);
    Failure {
        line: place.line,
        column: place.column,
        snippet: source.snippet(span),
        subject: subject.to_owned(),
        expected: None,
        actual: actual.into(),
        remedy: None,
    }
}

/// What stands in the source.
pub(crate) fn written(source: &hurl::Source, span: Span) -> String {
    let range = span.start as usize..span.end as usize;
    source.text().get(range).unwrap_or_default().to_owned()
}
