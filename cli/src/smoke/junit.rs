//! A run as JUnit XML, as CI systems read it: a suite for each file, a case
//! for each entry. Pure.
//! <https://github.com/testmoapp/junitxml> describes what they agree on.

use std::collections::HashMap;

use smoke::{Ending, EntryReport, Failure, FileReport, Report};

use super::lines::{actual, word};
use crate::show::count;

/// The text of a test file's line, by the file's name and the line's number.
pub(super) trait Texts {
    /// The line, if there is one.
    fn line(&self, file: &str, line: u32) -> Option<&str>;
}

/// The whole document.
pub(super) fn document(report: &Report, texts: &dyn Texts) -> String {
    let suites: Vec<Suite> = report.files.iter().map(|f| Suite::new(f, texts)).collect();
    let mut tally = Tally::default();
    suites.iter().for_each(|suite| tally.add(suite.tally()));
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    xml.push_str(&format!(
        "<testsuites name=\"greenlight smoke\" {tally} time=\"{}\">\n",
        seconds(report.elapsed_ms)
    ));
    for suite in &suites {
        suite.write(&mut xml);
    }
    xml.push_str("</testsuites>\n");
    xml
}

struct Suite<'a> {
    file: &'a FileReport,
    cases: Vec<Case<'a>>,
}

struct Case<'a> {
    entry: &'a EntryReport,
    name: String,
    result: Result,
}

/// How a case ended, in JUnit's words.
#[derive(Clone, PartialEq, Eq)]
enum Result {
    Passed,
    Skipped(String),
    /// What failed, in one line and in full.
    Failed(String, String),
    Errored(String, String),
}

#[derive(Default)]
struct Tally {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl Tally {
    fn add(&mut self, other: Tally) {
        self.tests += other.tests;
        self.failures += other.failures;
        self.errors += other.errors;
        self.skipped += other.skipped;
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\"",
            self.tests, self.failures, self.errors, self.skipped
        )
    }
}

impl<'a> Suite<'a> {
    fn new(file: &'a FileReport, texts: &dyn Texts) -> Self {
        let mut seen: HashMap<u32, u32> = HashMap::new();
        let mut cases: Vec<Case<'a>> = file
            .entries
            .iter()
            .map(|entry| {
                let times = seen.entry(entry.entry).or_default();
                *times += 1;
                Case {
                    entry,
                    name: name(file, entry, *times, texts),
                    result: result(&file.file, entry),
                }
            })
            .collect();
        // A file that the time was not enough for has not passed, and a CI
        // system takes what is skipped for good.
        let late = matches!(file.ending, Ending::NotRun)
            .then(|| cases.iter_mut().find(|c| c.entry.ending == Ending::NotRun));
        if let Some(Some(case)) = late {
            let why = "not run: the time was over";
            case.result = Result::Errored(why.to_owned(), why.to_owned());
        }
        // What the run says of a file, its cases must say too: a CI system looks
        // at nothing else.
        let bad = |c: &Case| matches!(c.result, Result::Failed(..) | Result::Errored(..));
        if !file.status().allows() && !cases.iter().any(bad) {
            let outcomes = file.outcomes();
            let got = outcomes.into_iter().find_map(|o| o.got);
            let why = got.unwrap_or_else(|| "the file did not pass".to_owned());
            if let Some(case) = cases.last_mut() {
                case.result = Result::Errored(why.clone(), why);
            }
        }
        Self { file, cases }
    }

    fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for case in &self.cases {
            tally.tests += 1;
            match case.result {
                Result::Passed => {}
                Result::Skipped(_) => tally.skipped += 1,
                Result::Failed(..) => tally.failures += 1,
                Result::Errored(..) => tally.errors += 1,
            }
        }
        tally
    }

    fn write(&self, xml: &mut String) {
        let file = attribute(&self.file.file);
        xml.push_str(&format!(
            "  <testsuite name=\"{file}\" file=\"{file}\" {} time=\"{}\">\n",
            self.tally(),
            seconds(self.file.elapsed_ms)
        ));
        for case in &self.cases {
            xml.push_str(&format!(
                "    <testcase name=\"{}\" classname=\"{file}\" file=\"{file}\" line=\"{}\" time=\"{}\"",
                attribute(&case.name),
                case.entry.line,
                seconds(case.entry.elapsed_ms)
            ));
            let (tag, why, more) = match &case.result {
                Result::Passed => {
                    xml.push_str("/>\n");
                    continue;
                }
                Result::Skipped(why) => {
                    let why = attribute(why);
                    xml.push_str(&format!(
                        ">\n      <skipped message=\"{why}\"/>\n    </testcase>\n"
                    ));
                    continue;
                }
                Result::Failed(why, more) => ("failure", why, more),
                Result::Errored(why, more) => ("error", why, more),
            };
            xml.push_str(&format!(
                ">\n      <{tag} message=\"{}\" type=\"{}\">{}</{tag}>\n    </testcase>\n",
                attribute(why),
                if tag == "failure" {
                    "assertion"
                } else {
                    "error"
                },
                text(more)
            ));
        }
        xml.push_str("  </testsuite>\n");
    }
}

/// The same for each run of the same file, so that a CI system can follow it:
/// the request as it is written.
fn name(file: &FileReport, entry: &EntryReport, times: u32, texts: &dyn Texts) -> String {
    let line = texts.line(&file.file, entry.line).map(str::trim);
    let request = match line {
        Some(line) if line.starts_with(&entry.method) => line.to_owned(),
        _ => format!("{} {}", entry.method, entry.url),
    };
    match times {
        1 => format!("{}. {request}", entry.entry),
        _ => format!("{}. {request}, time {times}", entry.entry),
    }
}

fn result(file: &str, entry: &EntryReport) -> Result {
    let first = entry.failures.first();
    let why = first.map(|failure| {
        let rest = match entry.failures.len() {
            0 | 1 => String::new(),
            more => format!(" (and {})", count(more - 1, "more failure")),
        };
        format!("{}{rest}", one_line(failure))
    });
    let why = why.unwrap_or_else(|| word(entry.ending).to_owned());
    match entry.ending {
        Ending::Passed => Result::Passed,
        Ending::Skipped => Result::Skipped("the file says so".to_owned()),
        Ending::NotRun => Result::Skipped("not run: an entry before it failed".to_owned()),
        Ending::Failed => Result::Failed(why, in_full(file, entry)),
        Ending::Errored => Result::Errored(why, in_full(file, entry)),
    }
}

fn one_line(failure: &Failure) -> String {
    let text = match &failure.expected {
        Some(expected) => format!(
            "{}: expected {expected}, actual {}",
            failure.subject, failure.actual
        ),
        None => format!("{}: {}", failure.subject, failure.actual),
    };
    verdict::shorten(&text, 300)
}

fn in_full(file: &str, entry: &EntryReport) -> String {
    let mut full = format!("{} {}\n", entry.method, entry.url);
    for failure in &entry.failures {
        full.push_str(&format!(
            "\n{file}:{}:{}: {}\n{}\n",
            failure.line,
            failure.column,
            failure.subject,
            failure.snippet.trim_end_matches('\n')
        ));
        if let Some(expected) = &failure.expected {
            full.push_str(&format!("expected  {expected}\n"));
        }
        let name = actual(failure);
        full.push_str(&format!("{name:<8}  {}\n", failure.actual));
        if let Some(remedy) = &failure.remedy {
            full.push_str(&format!("do        {remedy}\n"));
        }
    }
    if let Some(exchange) = entry.exchanges.last() {
        full.push_str(&format!("\n{}\n", exchange.answer));
        for (name, value) in &exchange.headers {
            full.push_str(&format!("{name}: {value}\n"));
        }
        full.push_str(&format!("\n{}\n", exchange.body));
    }
    full
}

fn seconds(millis: f64) -> String {
    format!("{:.3}", millis / 1000.0)
}

/// A value in double quotes. A parser would make spaces of line breaks that
/// aren't written as references.
fn attribute(value: &str) -> String {
    escape(value, |c| matches!(c, '\t' | '\n' | '\r' | '"'))
}

/// Text between tags. A parser would read a carriage return as a line break.
fn text(value: &str) -> String {
    escape(value, |c| c == '\r')
}

/// Writes what has a meaning in XML as a reference. What XML can't have at all
/// (<https://www.w3.org/TR/xml/#charsets>) is told by its number.
fn escape(value: &str, reference: impl Fn(char) -> bool) -> String {
    let mut escaped = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' if reference(c) => escaped.push_str("&quot;"),
            c if reference(c) => escaped.push_str(&format!("&#{};", u32::from(c))),
            '\t' | '\n' | '\r' => escaped.push(c),
            c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => {
                escaped.extend(c.escape_unicode());
            }
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use quick_xml::{Reader, XmlVersion, events::Event};

    use super::{
        super::lines::tests::{failed, of, passed},
        *,
    };

    struct Nothing;

    impl Texts for Nothing {
        fn line(&self, _: &str, line: u32) -> Option<&str> {
            (line == 1).then_some("GET {{base_url}}/1 # <&>\"")
        }
    }

    /// Reads a document to its end: each element's name and attributes, and
    /// each text.
    fn read(xml: &str) -> Vec<String> {
        let mut reader = Reader::from_str(xml);
        let mut found = Vec::new();
        let mut depth = 0;
        loop {
            let event = reader.read_event().unwrap();
            match &event {
                Event::Start(tag) | Event::Empty(tag) => {
                    let attributes: Vec<String> = tag
                        .attributes()
                        .map(|attribute| {
                            let attribute = attribute.unwrap();
                            let name = String::from_utf8_lossy(attribute.key.as_ref()).into_owned();
                            format!(
                                "{name}={}",
                                attribute.normalized_value(XmlVersion::Explicit1_0).unwrap()
                            )
                        })
                        .collect();
                    let name = tag.name();
                    let name = String::from_utf8_lossy(name.as_ref()).into_owned();
                    found.push(format!("{name} {}", attributes.join(" ")));
                    depth += i32::from(matches!(event, Event::Start(_)));
                }
                Event::End(_) => depth -= 1,
                Event::Text(text) => found.push(text.decode().unwrap().into_owned()),
                Event::Eof => break,
                _ => {}
            }
        }
        assert_eq!(depth, 0, "{xml}");
        found
    }

    #[test]
    fn it_is_well_formed_whatever_an_answer_holds() {
        let mut skipped = passed(3);
        skipped.ending = Ending::Skipped;
        let mut not_run = passed(4);
        not_run.ending = Ending::NotRun;
        let report = Report {
            files: vec![
                of(
                    "a <&>\".hurl",
                    vec![passed(1), passed(1), failed(2), skipped, not_run],
                ),
                of("b.hurl", vec![passed(1)]),
            ],
            elapsed_ms: 1234.5,
        };
        let xml = document(&report, &Nothing);
        let allowed = |c: char| !c.is_control() || c == '\n';
        assert!(xml.chars().all(allowed), "{xml}");
        let found = read(&xml);
        for part in [
            "testsuites name=greenlight smoke tests=6 failures=1 errors=0 skipped=2 time=1.23",
            "testsuite name=a <&>\".hurl file=a <&>\".hurl tests=5 failures=1 errors=0 skipped=2 time=0.012",
            "testcase name=1. GET {{base_url}}/1 # <&>\" classname=a <&>\".hurl file=a <&>\".hurl line=1 time=0.00",
            "testcase name=1. GET {{base_url}}/1 # <&>\", time 2 classname",
            "testcase name=2. GET http://127.0.0.1:1/2 classname",
            "failure message=jsonpath \"$.id\": expected \"<a&b>\", actual \"",
            "(and 1 more failure) type=assertion",
            "skipped message=the file says so",
            "skipped message=not run: an entry before it failed",
        ] {
            assert!(found.iter().any(|f| f.contains(part)), "{part}\n{found:#?}");
        }
        assert!(xml.contains("\\u{1b}[2J"), "{xml}");
    }

    #[test]
    fn what_the_time_was_not_enough_for_is_an_error() {
        let mut late = passed(2);
        late.ending = Ending::NotRun;
        let report = Report {
            files: vec![of("a.hurl", vec![passed(1), late.clone(), late])],
            elapsed_ms: 1.0,
        };
        let found = read(&document(&report, &Nothing)).join("\n");
        assert!(
            found.contains("tests=3 failures=0 errors=1 skipped=1"),
            "{found}"
        );
        assert!(
            found.contains("error message=not run: the time was over"),
            "{found}"
        );
    }
}
