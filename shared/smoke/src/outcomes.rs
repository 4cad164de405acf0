//! Reports as outcomes: what a verdict is made of.

use hurl::Source;
use verdict::{Outcome, Status, shorten};

use crate::{Ending, EntryReport, Failure, FileReport, Report, Unreadable, report::TIME};

/// The longest part of a text that evidence tells, in characters.
const LONGEST: usize = 500;

/// So much of an answer's body stands beside what was wrong with it.
const BODY: usize = 200;

impl Report {
    /// What a verdict is made of: each file that passed, each failure, and what
    /// did not get to run. Never empty, unless no file was there: then the
    /// verdict of it is no pass either.
    pub fn outcomes(&self) -> Vec<Outcome> {
        self.files.iter().flat_map(FileReport::outcomes).collect()
    }
}

impl FileReport {
    /// How the file counts. A file that was skipped as a whole, or that checked
    /// nothing, has shown nothing: it is Failed.
    pub fn status(&self) -> Status {
        match self.ending {
            Ending::Errored => Status::Errored,
            Ending::Passed if self.checks > 0 => Status::Passed,
            _ => Status::Failed,
        }
    }

    /// Its part of the evidence.
    pub fn outcomes(&self) -> Vec<Outcome> {
        let failed = self.entries.iter().filter(|e| e.ending >= Ending::Failed);
        let mut all: Vec<Outcome> = failed.flat_map(|e| self.failed(e)).collect();
        all.extend(self.not_run(!all.is_empty()));
        if all.is_empty() {
            all.push(self.whole());
        }
        all
    }

    /// A file in which nothing failed.
    fn whole(&self) -> Outcome {
        let skipped = self.count(Ending::Skipped);
        let mut got = format!(
            "{}, {}",
            counted(self.requests as usize, "request"),
            counted(self.checks as usize, "check")
        );
        if skipped > 0 {
            got.push_str(&format!(", {} skipped", entries(skipped)));
        }
        let status = self.status();
        let mut outcome = Outcome::new(&self.file, status);
        outcome.attempts = 1;
        outcome.elapsed_ms = self.elapsed_ms;
        if status == Status::Passed {
            return outcome.with_got(got);
        }
        let (why, remedy) = if self.entries.is_empty() {
            ("there is no request in it", "write one, or remove the file")
        } else if skipped == self.entries.len() {
            (
                "every entry was skipped",
                "remove the option skip, or remove the file",
            )
        } else {
            ("nothing is asserted", "assert something, at least a status")
        };
        outcome
            .with_got(format!("it checked nothing: {why} ({got})"))
            .with_remedy(remedy)
    }

    /// What was wrong with an entry.
    fn failed(&self, entry: &EntryReport) -> Vec<Outcome> {
        let status = if entry.ending == Ending::Errored {
            Status::Errored
        } else {
            Status::Failed
        };
        let outcome = |line: u32| {
            let mut outcome = Outcome::new(format!("{}:{line}", self.file), status)
                .with_target(format!("{} {}", entry.method, entry.url));
            outcome.attempts = entry.attempts;
            outcome.elapsed_ms = entry.elapsed_ms;
            outcome
        };
        if entry.failures.is_empty() {
            return vec![outcome(entry.line)];
        }
        let tell = |(n, failure): (usize, &Failure)| {
            let mut got = shorten(&failure.actual, LONGEST);
            let mut outcome = outcome(failure.line);
            if let Some(expected) = &failure.expected {
                let expected = format!("{} {expected}", failure.subject);
                outcome = outcome.with_expected(shorten(&expected, LONGEST));
                // Once for each entry: it is the same answer.
                if n == 0 {
                    got.push_str(&answer(entry, &failure.actual));
                }
            } else if failure.subject != TIME {
                got = format!("{}: {got}", failure.subject);
            }
            outcome = outcome.with_got(got);
            match &failure.remedy {
                Some(remedy) => outcome.with_remedy(remedy),
                None => outcome,
            }
        };
        entry.failures.iter().enumerate().map(tell).collect()
    }

    /// What did not get to run, and why.
    fn not_run(&self, failed: bool) -> Option<Outcome> {
        let count = self.count(Ending::NotRun);
        if count == 0 {
            return None;
        }
        let failures = self.entries.iter().flat_map(|e| &e.failures);
        let why = if !failed || failures.map(|f| &f.subject).any(|s| s == TIME) {
            "the time was over"
        } else {
            "a request before failed"
        };
        let all = self.entries.len();
        let what = if count == all {
            format!("{why} before it began")
        } else {
            format!("{count} of {}, since {why}", entries(all))
        };
        let mut outcome =
            Outcome::new(&self.file, Status::Failed).with_got(format!("not run: {what}"));
        outcome.elapsed_ms = self.elapsed_ms;
        Some(outcome)
    }

    fn count(&self, ending: Ending) -> usize {
        self.entries.iter().filter(|e| e.ending == ending).count()
    }
}

impl Unreadable {
    /// Its part of the evidence: an outcome for each problem.
    pub fn outcomes(&self) -> Vec<Outcome> {
        let Self { source, problems } = self;
        problems.iter().map(|p| problem(source, p)).collect()
    }
}

fn problem(source: &Source, problem: &hurl::Problem) -> Outcome {
    let place = source.place(problem.span);
    let check = format!("{}:{place}", source.name());
    let outcome = Outcome::new(check, Status::Errored).with_got(shorten(&problem.message, LONGEST));
    match &problem.remedy {
        Some(remedy) => outcome.with_remedy(remedy),
        None => outcome,
    }
}

/// The answer, as far as `told` doesn't tell it already.
fn answer(entry: &EntryReport, told: &str) -> String {
    let Some(exchange) = entry.exchanges.last() else {
        return String::new();
    };
    let body = shorten(&exchange.body, BODY);
    let known = exchange.body.is_empty() || told.contains(exchange.body.trim());
    if known {
        format!("; the answer was {}", exchange.answer)
    } else {
        format!("; the answer was {}: {body}", exchange.answer)
    }
}

fn counted(count: usize, what: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {what}{s}")
}

fn entries(count: usize) -> String {
    format!("{count} {}", if count == 1 { "entry" } else { "entries" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Exchange;

    fn entry(ending: Ending) -> EntryReport {
        EntryReport {
            entry: 1,
            line: 10,
            method: "POST".to_owned(),
            url: "http://h/orders".to_owned(),
            ending,
            attempts: 3,
            elapsed_ms: 5.0,
            failures: vec![],
            exchanges: vec![],
        }
    }

    fn failure(subject: &str, expected: Option<&str>, actual: &str) -> Failure {
        Failure {
            line: 14,
            column: 1,
            snippet: String::new(),
            subject: subject.to_owned(),
            expected: expected.map(str::to_owned),
            actual: actual.to_owned(),
            remedy: None,
        }
    }

    fn exchange(body: &str) -> Exchange {
        Exchange {
            method: "POST".to_owned(),
            url: "http://h/orders".to_owned(),
            request_headers: vec![],
            request_body: None,
            answer: "HTTP/1.1 500".to_owned(),
            headers: vec![],
            body: body.to_owned(),
            elapsed_ms: 1.0,
        }
    }

    fn file(ending: Ending, checks: u32, entries: Vec<EntryReport>) -> FileReport {
        FileReport {
            file: "smoke/orders.hurl".to_owned(),
            ending,
            requests: entries.len() as u32,
            entries,
            checks,
            elapsed_ms: 7.0,
        }
    }

    fn lines(report: FileReport) -> Vec<(Status, String)> {
        let status = report.status();
        let outcomes = Report {
            files: vec![report],
            elapsed_ms: 7.0,
        }
        .outcomes();
        assert_eq!(outcomes.iter().map(|o| o.status).max(), Some(status));
        outcomes.iter().map(|o| (o.status, o.line())).collect()
    }

    #[test]
    fn a_table_of_files() {
        let failed = EntryReport {
            failures: vec![
                failure("status", Some("201"), "500"),
                failure("jsonpath \"$.id\"", Some("exists"), "nothing"),
            ],
            exchanges: vec![exchange("{\"error\":\n \"db\"}")],
            ..entry(Ending::Failed)
        };
        let errored = EntryReport {
            failures: vec![Failure {
                remedy: Some("start it".to_owned()),
                ..failure("request", None, "connection refused")
            }],
            ..entry(Ending::Errored)
        };
        let late = EntryReport {
            failures: vec![failure(TIME, None, "the time was over after 2.0 s")],
            ..entry(Ending::Failed)
        };
        let body = EntryReport {
            failures: vec![failure("body", Some("\"a\""), "\"b\"")],
            exchanges: vec![exchange("b")],
            ..entry(Ending::Failed)
        };
        let not_run = || entry(Ending::NotRun);
        use Status::{Errored, Failed, Passed};
        for (report, expected) in [
            (
                file(Ending::Passed, 11, vec![entry(Ending::Passed); 4]),
                vec![(Passed, "smoke/orders.hurl: 4 requests, 11 checks")],
            ),
            (
                file(
                    Ending::Passed,
                    1,
                    vec![entry(Ending::Passed), entry(Ending::Skipped)],
                ),
                vec![(
                    Passed,
                    "smoke/orders.hurl: 2 requests, 1 check, 1 entry skipped",
                )],
            ),
            (
                file(Ending::Passed, 0, vec![entry(Ending::Passed)]),
                vec![(
                    Failed,
                    "smoke/orders.hurl: it checked nothing: nothing is asserted (1 request, 0 checks); assert something, at least a status",
                )],
            ),
            (
                file(Ending::Passed, 0, vec![]),
                vec![(
                    Failed,
                    "smoke/orders.hurl: it checked nothing: there is no request in it (0 requests, 0 checks); write one, or remove the file",
                )],
            ),
            (
                FileReport {
                    requests: 0,
                    ..file(Ending::Skipped, 0, vec![entry(Ending::Skipped); 2])
                },
                vec![(
                    Failed,
                    "smoke/orders.hurl: it checked nothing: every entry was skipped (0 requests, 0 checks, 2 entries skipped); remove the option skip, or remove the file",
                )],
            ),
            (
                file(Ending::Failed, 2, vec![failed, not_run(), not_run()]),
                vec![
                    (
                        Failed,
                        "smoke/orders.hurl:14 (POST http://h/orders): expected status 201, got 500; the answer was HTTP/1.1 500: {\"error\": \"db\"}",
                    ),
                    (
                        Failed,
                        "smoke/orders.hurl:14 (POST http://h/orders): expected jsonpath \"$.id\" exists, got nothing",
                    ),
                    (
                        Failed,
                        "smoke/orders.hurl: not run: 2 of 3 entries, since a request before failed",
                    ),
                ],
            ),
            (
                file(Ending::Errored, 2, vec![errored]),
                vec![(
                    Errored,
                    "smoke/orders.hurl:14 (POST http://h/orders): request: connection refused; start it",
                )],
            ),
            (
                file(Ending::Failed, 2, vec![late, not_run()]),
                vec![
                    (
                        Failed,
                        "smoke/orders.hurl:14 (POST http://h/orders): the time was over after 2.0 s",
                    ),
                    (
                        Failed,
                        "smoke/orders.hurl: not run: 1 of 2 entries, since the time was over",
                    ),
                ],
            ),
            (
                file(Ending::NotRun, 0, vec![not_run()]),
                vec![(
                    Failed,
                    "smoke/orders.hurl: not run: the time was over before it began",
                )],
            ),
            (
                file(Ending::Failed, 1, vec![body]),
                vec![(
                    Failed,
                    "smoke/orders.hurl:14 (POST http://h/orders): expected body \"a\", got \"b\"; the answer was HTTP/1.1 500",
                )],
            ),
            (
                file(Ending::Failed, 1, vec![entry(Ending::Failed)]),
                vec![(
                    Failed,
                    "smoke/orders.hurl:10 (POST http://h/orders): failed",
                )],
            ),
        ] {
            let lines = lines(report);
            let told: Vec<_> = lines.iter().map(|(s, l)| (*s, l.as_str())).collect();
            assert_eq!(told, expected);
        }
    }

    #[test]
    fn a_report_without_files_is_no_pass() {
        let report = Report {
            files: vec![],
            elapsed_ms: 0.0,
        };
        assert!(!verdict::Verdict::of(report.outcomes()).allows());
    }

    #[test]
    fn each_problem_of_a_file_is_told() {
        let unreadable = Unreadable {
            source: Source::new("a.hurl", "GET x\nHTTP y\n"),
            problems: vec![
                hurl::Problem::new(hurl::Span::new(11, 12), "expected a status")
                    .with_remedy("write a number"),
            ],
        };
        let lines: Vec<_> = unreadable.outcomes().iter().map(Outcome::line).collect();
        assert_eq!(lines, ["a.hurl:2:6: expected a status; write a number"]);
    }
}
