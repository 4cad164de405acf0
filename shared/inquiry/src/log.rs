use std::collections::BTreeSet;

use diagnosis::{Origin, Text, diagnose};
use redact::redact;
use verdict::shorten;

use crate::plain::{self, printable};

/// The most of a log that is looked at, in bytes of its end.
const WINDOW: usize = 64 * 1024;

/// The most of it that is kept for recognising failures again, in bytes.
const KEPT: usize = 8 * 1024;

/// The longest line, where one is kept by itself, in bytes.
const KNOWN: usize = 2 * 1024;

/// The longest line that is shown, in bytes.
const SHOWN: usize = 500;

/// The lines that are shown: the last ones, the first ones that speak of an
/// error, and those that a known failure is recognised in.
const LAST: usize = 12;
const ERRORS: usize = 3;
const FAILURES: usize = 5;

/// As long as evidence of a known failure is.
const EVIDENCE: usize = 300;

/// What there is to tell of a log.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Log {
    /// Its end, and the lines of known failures before that.
    pub(crate) text: String,
    /// The lines to show.
    pub(crate) lines: Vec<String>,
}

impl Log {
    /// Reads the last events of a log; each may be several lines. `is_cut` says
    /// that there are more before them. None: there is nothing in it.
    pub(crate) fn of(events: &[&str], is_cut: bool) -> Option<Self> {
        let events: Vec<&str> = events
            .iter()
            .map(|e| e.trim_end_matches(['\r', '\n']))
            .collect();
        let all = printable(&events.join("\n"));
        let mut window = all.as_str();
        if window.len() > WINDOW {
            let mut from = window.len() - WINDOW;
            while !window.is_char_boundary(from) {
                from += 1;
            }
            window = window.get(from..).unwrap_or_default();
        }
        // A line without its beginning may be half of a secret; and so may be a
        // line whose name stood on the one before it.
        if is_cut || window.len() < all.len() {
            window = window.split_once('\n').map_or("", |(_, rest)| rest);
        }
        let clean = redact(after_key(window));
        let lines = clean.lines().map(str::trim_end);
        let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
        if lines.is_empty() {
            return None;
        }
        let failures = failures(&lines);
        let shown = shown(&lines, &failures);
        let shown = shown.into_iter().filter_map(|n| lines.get(n));
        Some(Self {
            text: kept(&lines, &failures),
            lines: shown.map(|line| plain::shorten(line, SHOWN)).collect(),
        })
    }
}

/// What comes after a private key whose beginning is not there.
fn after_key(text: &str) -> &str {
    let (begin, end) = (text.find("-----BEGIN "), text.find("-----END "));
    match (begin, end) {
        (begin, Some(end)) if begin.is_none_or(|begin| end < begin) => {
            let rest = text.get(end..).unwrap_or_default();
            rest.split_once('\n').map_or("", |(_, rest)| rest)
        }
        _ => text,
    }
}

/// The lines in which known failures are recognised, the first one for each.
fn failures(lines: &[&str]) -> Vec<usize> {
    let text = Text {
        origin: Origin::BuildLog,
        text: lines.join("\n"),
    };
    let found = diagnose(&[text]).into_iter().filter_map(|diagnosis| {
        let tells = |line: &&str| shorten(line.trim(), EVIDENCE) == diagnosis.evidence;
        lines.iter().position(tells)
    });
    found.take(FAILURES).collect()
}

/// The end of the log, and before it the lines of known failures that it lacks.
fn kept(lines: &[&str], failures: &[usize]) -> String {
    let mut size = 0;
    let fits = |line: &&&str| {
        size += line.len() + 1;
        size <= KEPT
    };
    let end = lines.len() - lines.iter().rev().take_while(fits).count();
    let mut before: Vec<usize> = failures.iter().copied().filter(|n| *n < end).collect();
    before.sort_unstable();
    before.dedup();
    let known = before.into_iter().filter_map(|n| lines.get(n));
    let mut text: Vec<String> = known.map(|line| plain::shorten(line, KNOWN)).collect();
    let end = lines.get(end..).unwrap_or_default();
    text.extend(end.iter().map(|line| (*line).to_owned()));
    if text.is_empty() {
        // One line that is longer than all that is kept.
        text.extend(lines.last().map(|line| plain::shorten(line, KEPT)));
    }
    text.join("\n")
}

/// The lines to show, in their order.
fn shown(lines: &[&str], failures: &[usize]) -> BTreeSet<usize> {
    // What comes after the phase that failed only cleans up.
    let failed = lines.iter().position(|line| has_failed(line));
    let end = failed.map_or(lines.len(), |n| {
        let more = lines.get(n + 1).is_some_and(|line| line.contains(CONTEXT));
        n + 1 + usize::from(more)
    });
    let before = lines.get(..end).unwrap_or_default();
    let start = before.iter().rposition(|line| line.contains(ENTERING));
    let start = start.map_or(0, |n| n + 1);
    let telling: Vec<(usize, &str)> = (before.iter().copied().enumerate().skip(start))
        .filter(|(_, line)| !is_noise(line))
        .collect();
    let last = telling.len().saturating_sub(LAST);
    let (early, late) = telling.split_at(last);
    let errors = early
        .iter()
        .filter(|(_, line)| tells_error(line))
        .take(ERRORS);
    let numbers = errors.chain(late).map(|(n, _)| *n);
    numbers.chain(failures.iter().copied()).collect()
}

// What CodeBuild writes between the lines of the commands.
// https://docs.aws.amazon.com/codebuild/latest/userguide/getting-started-build-log-console.html
const COMPLETE: &str = "Phase complete: ";
const SUCCEEDED: &str = "State: SUCCEEDED";
const ENTERING: &str = "Entering phase ";
const CONTEXT: &str = "Phase context status code:";

fn has_failed(line: &str) -> bool {
    line.contains(COMPLETE) && line.contains("State: ") && !line.contains(SUCCEEDED)
}

fn is_noise(line: &str) -> bool {
    let says_nothing = |line: &str| {
        let words = line.split_once(CONTEXT).map(|(_, words)| words.trim());
        words.is_some_and(|words| words == "Message:")
    };
    let goes_on = line.contains(COMPLETE) && line.contains(SUCCEEDED);
    line.starts_with("[Container]") && (goes_on || line.contains(ENTERING) || says_nothing(line))
}

fn tells_error(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    let words = [
        "error",
        "fail",
        "fatal",
        "exception",
        "panic",
        "denied",
        "not found",
    ];
    words.iter().any(|word| line.contains(word))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(text: &str) -> Log {
        Log::of(&text.lines().collect::<Vec<_>>(), false).unwrap()
    }

    const BUILD: &str = "\
[Container] 2026/01/02 10:00:00.000001 Entering phase PRE_BUILD
[Container] 2026/01/02 10:00:01.000001 Running command docker login
Login Succeeded
[Container] 2026/01/02 10:00:02.000001 Phase complete: PRE_BUILD State: SUCCEEDED
[Container] 2026/01/02 10:00:02.000002 Phase context status code:  Message:
[Container] 2026/01/02 10:00:02.000003 Entering phase BUILD
[Container] 2026/01/02 10:00:02.000004 Running command npm test

\u{1b}[31mFAIL\u{1b}[0m test/basket.test.js
[Container] 2026/01/02 10:00:09.000001 Command did not exit successfully npm test exit status 1
[Container] 2026/01/02 10:00:09.000002 Phase complete: BUILD State: FAILED
[Container] 2026/01/02 10:00:09.000003 Phase context status code: COMMAND_EXECUTION_ERROR Message: Error while executing command: npm test. Reason: exit status 1
[Container] 2026/01/02 10:00:09.000004 Entering phase POST_BUILD
cleaning up
[Container] 2026/01/02 10:00:10.000001 Phase complete: POST_BUILD State: SUCCEEDED
";

    #[test]
    fn the_phase_that_failed_is_shown() {
        let log = of(BUILD);
        let shown: Vec<&str> = log.lines.iter().map(String::as_str).collect();
        assert_eq!(shown.len(), 5, "{shown:#?}");
        assert!(shown[0].ends_with("Running command npm test"));
        assert_eq!(shown[1], "FAIL test/basket.test.js");
        assert!(shown[4].contains("COMMAND_EXECUTION_ERROR"));
        // Whatever is recognised in the whole is recognised in what is kept.
        assert!(log.text.contains("cleaning up"));
    }

    #[test]
    fn an_early_error_is_not_lost_behind_what_follows() {
        let mut text = String::from("Cannot connect to the Docker daemon at unix:///var/run\n");
        for n in 0..1000 {
            text += &format!("waiting for nothing in particular {n}\n");
        }
        let log = of(&text);
        assert!(log.lines[0].starts_with("Cannot connect"));
        assert_eq!(log.lines.len(), 1 + LAST);
        assert!(log.text.starts_with("Cannot connect"));
        assert!(log.text.ends_with(" 999"));
        assert!(log.text.len() <= KEPT + KNOWN);
        let text = Text {
            origin: Origin::BuildLog,
            text: log.text,
        };
        assert_eq!(diagnose(&[text])[0].failure.name, "docker-not-privileged");
    }

    #[test]
    fn the_first_errors_are_shown_before_the_last_lines() {
        let mut text = String::from("error: the first one\n");
        for n in 0..50 {
            text += &format!("npm notice {n}\n");
        }
        let log = of(&text);
        assert_eq!(log.lines[0], "error: the first one");
        assert_eq!(log.lines.len(), 1 + LAST);
    }

    #[test]
    fn a_key_that_begins_before_the_end_of_the_log_is_no_part_of_it() {
        let log = Log::of(
            &[
                "tail of a line",
                "c2VjcmV0",
                "-----END RSA PRIVATE KEY-----",
                "done",
            ],
            true,
        );
        assert_eq!(log.unwrap().lines, ["done"]);
        let whole = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\ndone";
        assert_eq!(of(whole).lines, ["***", "done"]);
    }

    #[test]
    fn nothing_is_nothing() {
        assert_eq!(Log::of(&[], false), None);
        assert_eq!(Log::of(&["", " \r\n", "\u{1b}[0m"], false), None);
        assert_eq!(Log::of(&["only the end of a line"], true), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn a_log_is_bounded_and_clean(
            lines in prop::collection::vec("\\PC{0,80}|(ab ){0,300}|error [a-z]{0,9}", 0..60),
            is_cut in any::<bool>(), at in 0usize..60,
        ) {
            let mut lines = lines;
            let at = at.min(lines.len());
            lines.insert(at, "export DB_PASSWORD=hunter2x9 now".to_owned());
            let events: Vec<&str> = lines.iter().map(String::as_str).collect();
            if let Some(log) = Log::of(&events, is_cut) {
                prop_assert!(log.lines.len() <= LAST + ERRORS + FAILURES);
                prop_assert!(log.lines.iter().all(|line| line.len() <= SHOWN));
                prop_assert!(log.text.len() <= KEPT + FAILURES * (KNOWN + 1));
                prop_assert!(!log.text.contains("hunter2"));
                prop_assert!(!log.lines.iter().any(|line| line.contains("hunter2")));
            }
        }
    }
}
