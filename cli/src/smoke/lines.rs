//! How a run of smoke tests is told: a line for each file, and below a failed
//! one all that helps. Pure.

use smoke::{Ending, EntryReport, Exchange, Failure, FileReport, Report};
use verdict::{Status, Verdict};

use crate::show::{self, Line, Tone, count};

/// A file that has ended.
pub(super) fn file(report: &FileReport, verbose: bool) -> Vec<Line> {
    // A file that checked nothing has not passed, though nothing failed in it.
    let idle = match (report.ending, report.status()) {
        (Ending::Passed | Ending::Skipped, Status::Failed | Status::Errored) => {
            report.outcomes().into_iter().next()
        }
        _ => None,
    };
    let ending = match idle {
        Some(_) => Ending::Failed,
        None => report.ending,
    };
    let effort = match report.requests {
        0 => String::new(),
        requests => format!(
            ", {} and {} in {}",
            count(requests as usize, "request"),
            count(report.checks as usize, "check"),
            show::time(report.elapsed_ms)
        ),
    };
    let head = format!("{} {}: {}{effort}", mark(ending), report.file, word(ending));
    let mut lines = vec![line(tone(ending), 0, &head)];
    if let Some(idle) = idle {
        lines.extend(idle.got.map(|why| line(Tone::Bad, 4, &why)));
        lines.extend(
            idle.remedy
                .map(|remedy| named(4, "do", &remedy))
                .into_iter()
                .flatten(),
        );
    }
    for entry in &report.entries {
        for failure in &entry.failures {
            lines.extend(self::failure(&report.file, failure));
        }
        // With --verbose it was shown when the entry ended.
        if !entry.failures.is_empty() && !verbose {
            lines.extend(tries(entry));
            lines.extend(entry.exchanges.last().into_iter().flat_map(answer));
        }
    }
    let not_run = report.entries.iter().filter(|e| e.ending == Ending::NotRun);
    match (not_run.count(), report.ending) {
        (0, _) => {}
        (some, Ending::NotRun) => {
            let text = format!("the time was over before {}", of_them(some, report));
            lines.push(line(Tone::Bad, 4, &text));
        }
        (some, _) => {
            let text = format!("not run after that: {}", of_them(some, report));
            lines.push(line(Tone::Quiet, 4, &text));
        }
    }
    lines
}

/// An entry that has ended, with all of its exchanges: for `--verbose`.
pub(super) fn entry(file: &str, report: &EntryReport) -> Vec<Line> {
    let head = format!(
        "{} {file}:{} {} {}: {} in {}",
        mark(report.ending),
        report.line,
        report.method,
        report.url,
        word(report.ending),
        show::time(report.elapsed_ms)
    );
    let mut lines = vec![line(tone(report.ending), 0, &head)];
    lines.extend(tries(report));
    for exchange in &report.exchanges {
        lines.extend(self::exchange(exchange));
    }
    lines
}

/// The end: what it came to.
pub(super) fn summary(report: &Report, verdict: &Verdict) -> Vec<Line> {
    let files = &report.files;
    let bad = files.iter().filter(|file| !file.status().allows()).count();
    let requests: u32 = files.iter().map(|file| file.requests).sum();
    let checks: u32 = files.iter().map(|file| file.checks).sum();
    let effort = format!(
        "{} and {} in {}",
        count(requests as usize, "request"),
        count(checks as usize, "check"),
        show::time(report.elapsed_ms)
    );
    let all = count(files.len(), "file");
    let (tone, text) = match verdict.allows() {
        true => (Tone::Good, format!("Passed: {all}, {effort}.")),
        false => (Tone::Bad, format!("Failed: {bad} of {all}, {effort}.")),
    };
    vec![Line::new(Tone::Plain, ""), line(tone, 0, &text)]
}

fn failure(file: &str, failure: &Failure) -> Vec<Line> {
    let place = format!(
        "{file}:{}:{}: {}",
        failure.line, failure.column, failure.subject
    );
    let mut lines = vec![line(Tone::Bad, 4, &place)];
    for text in failure.snippet.lines() {
        lines.push(line(Tone::Plain, 6, text));
    }
    let parts = [
        ("expected", failure.expected.as_deref()),
        (actual(failure), Some(failure.actual.as_str())),
        ("do", failure.remedy.as_deref()),
    ];
    for (name, text) in parts {
        lines.extend(text.map(|text| named(6, name, text)).into_iter().flatten());
    }
    lines
}

/// What `actual` is called. What could not be done expects nothing, and tells
/// why not.
pub(super) fn actual(failure: &Failure) -> &'static str {
    match failure.expected {
        Some(_) => "actual",
        None => "why",
    }
}

/// A text with a name in front. What goes on for several lines stays in its
/// column.
fn named(indent: usize, name: &str, text: &str) -> Vec<Line> {
    let names = std::iter::once(name).chain(std::iter::repeat(""));
    let told = names.zip(text.lines());
    told.map(|(name, text)| line(Tone::Plain, indent, &format!("{name:<8}  {text}")))
        .collect()
}

/// How often an entry was tried, if not once.
fn tries(report: &EntryReport) -> Option<Line> {
    (report.attempts > 1).then(|| {
        let text = format!(
            "tried {} times in {}; this is the last",
            report.attempts,
            show::time(report.elapsed_ms)
        );
        line(Tone::Quiet, 6, &text)
    })
}

/// What came back, below a failure.
fn answer(exchange: &Exchange) -> Vec<Line> {
    let head = format!(
        "{} {} answered in {}:",
        exchange.method,
        exchange.url,
        show::time(exchange.elapsed_ms)
    );
    let mut lines = vec![
        line(Tone::Quiet, 6, &head),
        line(Tone::Quiet, 8, &exchange.answer),
    ];
    for (name, value) in &exchange.headers {
        lines.push(line(Tone::Quiet, 8, &format!("{name}: {value}")));
    }
    for text in exchange.body.lines() {
        lines.push(line(Tone::Quiet, 8, text));
    }
    lines
}

/// What was sent and what came back.
fn exchange(exchange: &Exchange) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut say = |text: &str| lines.push(line(Tone::Quiet, 4, text));
    say(&format!("> {} {}", exchange.method, exchange.url));
    for (name, value) in &exchange.request_headers {
        say(&format!("> {name}: {value}"));
    }
    if let Some(body) = exchange.request_body.as_deref().filter(|b| !b.is_empty()) {
        say(">");
        body.lines().for_each(|text| say(&format!("> {text}")));
    }
    say(&format!(
        "< {} after {}",
        exchange.answer,
        show::time(exchange.elapsed_ms)
    ));
    for (name, value) in &exchange.headers {
        say(&format!("< {name}: {value}"));
    }
    if !exchange.body.is_empty() {
        say("<");
        let body = exchange.body.lines();
        body.for_each(|text| say(&format!("< {text}")));
    }
    lines
}

/// A line that is indented, and does to a terminal what it should: what an
/// answer has in it must not move the cursor.
fn line(tone: Tone, indent: usize, text: &str) -> Line {
    let mut shown = " ".repeat(indent);
    for c in text.chars() {
        match c {
            '\t' => shown.push(c),
            c if c.is_control() => shown.extend(c.escape_default()),
            c => shown.push(c),
        }
    }
    shown.truncate(shown.trim_end().len());
    Line::new(tone, shown)
}

/// So many entries of a file.
fn of_them(some: usize, report: &FileReport) -> String {
    match (some, report.entries.len()) {
        (1, 1) => "the only entry".to_owned(),
        (some, all) if some == all => format!("all {all} entries"),
        (some, all) => format!("{some} of {all} entries"),
    }
}

pub(super) fn word(ending: Ending) -> &'static str {
    match ending {
        Ending::Passed => "passed",
        Ending::Skipped => "skipped",
        Ending::NotRun => "not run",
        Ending::Failed => "failed",
        Ending::Errored => "could not be run",
    }
}

fn mark(ending: Ending) -> &'static str {
    match ending {
        Ending::Passed => "+",
        Ending::Skipped | Ending::NotRun => "-",
        Ending::Failed => "x",
        Ending::Errored => "!",
    }
}

fn tone(ending: Ending) -> Tone {
    match ending {
        Ending::Passed => Tone::Good,
        Ending::Skipped => Tone::Quiet,
        Ending::NotRun | Ending::Failed | Ending::Errored => Tone::Bad,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// An entry that went well.
    pub(in crate::smoke) fn passed(number: u32) -> EntryReport {
        EntryReport {
            entry: number,
            line: 4 * number - 3,
            method: "GET".into(),
            url: format!("http://127.0.0.1:1/{number}"),
            ending: Ending::Passed,
            attempts: 1,
            elapsed_ms: 1.5,
            failures: vec![],
            exchanges: vec![],
        }
    }

    /// One that did not, with an answer that a terminal and XML stumble over.
    pub(in crate::smoke) fn failed(number: u32) -> EntryReport {
        let failure = Failure {
            line: 7,
            column: 1,
            snippet: "7 | jsonpath \"$.id\" == \"<a&b>\"\n  | ^^^".into(),
            subject: "jsonpath \"$.id\"".into(),
            expected: Some("\"<a&b>\"".into()),
            actual: "\"\u{1b}[2J\u{0}]]>\"".into(),
            remedy: None,
        };
        EntryReport {
            ending: Ending::Failed,
            attempts: 3,
            failures: vec![failure.clone(), failure],
            exchanges: vec![Exchange {
                method: "GET".into(),
                url: "http://127.0.0.1:1/2".into(),
                request_headers: vec![("accept".into(), "*/*".into())],
                request_body: None,
                answer: "HTTP/1.1 200".into(),
                headers: vec![("content-type".into(), "text/plain".into())],
                body: "one\ntwo\u{7}\r\n".into(),
                elapsed_ms: 0.5,
            }],
            ..passed(number)
        }
    }

    /// A file of these entries.
    pub(in crate::smoke) fn of(name: &str, entries: Vec<EntryReport>) -> FileReport {
        FileReport {
            file: name.into(),
            ending: entries.iter().map(|e| e.ending).max().unwrap(),
            requests: 4,
            checks: 6,
            elapsed_ms: 12.3,
            entries,
        }
    }

    fn texts(lines: &[Line]) -> Vec<&str> {
        lines.iter().map(|line| line.text.as_str()).collect()
    }

    #[test]
    fn a_file_that_passed_is_one_line() {
        let lines = file(&of("a.hurl", vec![passed(1), passed(2)]), false);
        assert_eq!(
            texts(&lines),
            ["+ a.hurl: passed, 4 requests and 6 checks in 12ms"]
        );
        assert_eq!(lines[0].tone, Tone::Good);
    }

    #[test]
    fn a_failure_shows_all_that_helps() {
        let mut not_run = passed(3);
        not_run.ending = Ending::NotRun;
        let lines = file(&of("a.hurl", vec![passed(1), failed(2), not_run]), false);
        let shown = texts(&lines);
        assert_eq!(
            shown[..6],
            [
                "x a.hurl: failed, 4 requests and 6 checks in 12ms",
                "    a.hurl:7:1: jsonpath \"$.id\"",
                "      7 | jsonpath \"$.id\" == \"<a&b>\"",
                "        | ^^^",
                "      expected  \"<a&b>\"",
                "      actual    \"\\u{1b}[2J\\u{0}]]>\"",
            ]
        );
        // The answer stands there once, after both failures.
        assert_eq!(
            shown[11..],
            [
                "      tried 3 times in 1.5ms; this is the last",
                "      GET http://127.0.0.1:1/2 answered in 0.5ms:",
                "        HTTP/1.1 200",
                "        content-type: text/plain",
                "        one",
                "        two\\u{7}",
                "    not run after that: 1 of 3 entries",
            ]
        );
        assert!(shown.iter().all(|text| !text.contains(char::is_control)));
    }

    #[test]
    fn with_verbose_the_exchange_stands_at_its_entry() {
        let shown = entry("a.hurl", &failed(2));
        assert_eq!(
            texts(&shown),
            [
                "x a.hurl:5 GET http://127.0.0.1:1/2: failed in 1.5ms",
                "      tried 3 times in 1.5ms; this is the last",
                "    > GET http://127.0.0.1:1/2",
                "    > accept: */*",
                "    < HTTP/1.1 200 after 0.5ms",
                "    < content-type: text/plain",
                "    <",
                "    < one",
                "    < two\\u{7}",
            ]
        );
        let lines = file(&of("a.hurl", vec![failed(2)]), true);
        assert!(!texts(&lines).iter().any(|text| text.contains("HTTP/1.1")));
    }

    #[test]
    fn what_checked_nothing_has_not_passed() {
        let mut idle = of("a.hurl", vec![passed(1)]);
        idle.checks = 0;
        let lines = file(&idle, false);
        assert!(lines[0].text.starts_with("x a.hurl: failed"), "{lines:?}");
        assert!(lines[1].text.contains("checked nothing"), "{lines:?}");
    }

    #[test]
    fn the_end_counts() {
        let report = Report {
            files: vec![of("a.hurl", vec![passed(1)]), of("b.hurl", vec![failed(1)])],
            elapsed_ms: 20.0,
        };
        let end = summary(&report, &Verdict::of(report.outcomes()));
        assert_eq!(
            texts(&end),
            [
                "",
                "Failed: 1 of 2 files, 8 requests and 12 checks in 20ms."
            ]
        );
    }
}
