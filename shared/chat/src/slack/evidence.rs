//! What is known of a failure.

use card::Evidence;
use diagnosis::Diagnosis;
use story::{Failure, Link};

use super::{
    blocks::Blocks,
    mrkdwn::{bold, code, escape, link, links, short, word},
};
use crate::{
    plain::{cut, length, line, some_line},
    words::{failure_sign, why},
};

/// Checks that are shown with all that they say; the others are counted.
const CHECKS: usize = 10;

/// Checks that are shown on the card.
const FEW: usize = 2;

/// A failure in short: where, why, what to do.
pub(super) fn in_short(place: &str, failure: &Failure) -> String {
    let (sign, why) = (failure_sign(failure), short(&why(failure), 900));
    let mut words = match bold(place, 300) {
        place if place.is_empty() => format!("{sign} {why}"),
        place => format!("{sign} {place}\n{why}"),
    };
    if let Some(remedy) = some_line(failure.remedy.as_deref()) {
        words.push_str(&format!("\n➡️ {}", short(&remedy, 700)));
    }
    words
}

/// The first checks that did not pass, a line each.
pub(super) fn checks_in_short(failure: &Failure) -> String {
    let mut lines: Vec<String> = Vec::new();
    for check in failure.checks.iter().take(FEW) {
        let mut words = format!("• {}", word(&check.check, 100));
        let parts = [("expected", &check.expected), ("got", &check.got)];
        let parts = parts.into_iter().filter_map(|(name, text)| {
            let text = some_line(text.as_deref())?;
            Some(format!("{name} {}", short(&text, 200)))
        });
        let parts: Vec<String> = parts.collect();
        if !parts.is_empty() {
            words.push_str(&format!(": {}", parts.join(", ")));
        }
        lines.push(words);
    }
    if let Some(rest @ 1..) = failure.checks.len().checked_sub(FEW) {
        lines.push(format!("• and {rest} more"));
    }
    lines.join("\n")
}

/// What a failure's card does not say: checks, evidence, the end of the log.
pub(super) fn write(blocks: &mut Blocks, failure: &Failure) {
    for check in failure.checks.iter().take(CHECKS) {
        blocks.section(&told_check(check, failure));
    }
    blocks.more(failure.checks.len(), CHECKS, "check");
    for diagnosis in failure.diagnoses.iter().take(5) {
        blocks.section(&told_diagnosis(diagnosis, failure));
    }
    let words = words(failure);
    for text in words.iter().take(6) {
        blocks.section(&code(text, 1200));
    }
    blocks.more(words.len(), 6, "text");
    if let Some(log) = end_of_log(&failure.log) {
        blocks.section(&format!("The end of the log:\n{log}"));
    }
    let missing = failure
        .missing
        .iter()
        .filter_map(|text| some_line(Some(text)));
    let missing: Vec<String> = missing.take(6).map(|text| short(&text, 300)).collect();
    if !missing.is_empty() {
        blocks.context(&format!("Could not be had: {}", missing.join("; ")));
    }
}

/// Where to look.
pub(super) fn last(failure: &Failure) -> String {
    links(&failure.links)
}

fn told_check(check: &Evidence, failure: &Failure) -> String {
    let name = match word(&check.check, 200) {
        name if name.is_empty() => "a check".to_owned(),
        name => name,
    };
    let mut words = format!("❌ {name}");
    for (name, text) in [("expected", &check.expected), ("got", &check.got)] {
        if let Some(text) = some_line(text.as_deref()) {
            words.push_str(&format!("\n{name}: {}", short(&text, 700)));
        }
    }
    // The failure's own remedy stands above.
    let remedy = check
        .remedy
        .as_ref()
        .filter(|_| check.remedy != failure.remedy);
    if let Some(remedy) = some_line(remedy.map(String::as_str)) {
        words.push_str(&format!("\n➡️ {}", short(&remedy, 500)));
    }
    words
}

fn told_diagnosis(diagnosis: &Diagnosis, failure: &Failure) -> String {
    let known = diagnosis.failure;
    let mut words = String::new();
    if failure.why.as_deref() != Some(known.happened) {
        words.push_str(&format!("{}\n", escape(known.happened)));
    }
    if failure.remedy.as_deref() != Some(known.remedy) {
        words.push_str(&format!("➡️ {}\n", escape(known.remedy)));
    }
    words.push_str(&code(&diagnosis.evidence, 700));
    let page = link(&Link {
        text: "documentation".to_owned(),
        url: known.link.to_owned(),
    });
    format!("{words}\n{} · {page}", word(known.name, 100))
}

/// What the services say that is not told already.
fn words(failure: &Failure) -> Vec<&str> {
    let is_told = |text: &str| {
        let bare = line(text);
        let told = failure.diagnoses.iter().map(|d| d.evidence.as_str());
        let mut told = told.chain(failure.why.as_deref());
        bare.is_empty() || told.any(|told| line(told).contains(&bare))
    };
    let words = failure.words.iter().map(String::as_str);
    words.filter(|text| !is_told(text)).collect()
}

/// The last lines of a log in a block of code, whole as far as they fit.
fn end_of_log(log: &[String]) -> Option<String> {
    const MOST: usize = 2700;
    let mut lines: Vec<String> = Vec::new();
    let mut left = MOST;
    let texts = log.iter().rev().map(|text| crate::plain::clean(text));
    for text in texts.skip_while(|text| text.trim().is_empty()) {
        // A line that takes the place of all others tells less than they.
        let text = cut(text.trim_end(), 600);
        let long = length(&escape(&text)) + 1;
        let Some(rest) = left.checked_sub(long) else {
            break;
        };
        left = rest;
        lines.push(text);
    }
    lines.reverse();
    Some(code(&lines.join("\n"), MOST)).filter(|code| !code.is_empty())
}
