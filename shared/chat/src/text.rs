//! A story as plain text, for a terminal.

use events::Phase;
use story::{Failure, Link, Question, Severity, Story, Waiting};
use unicode_width::UnicodeWidthStr;

use crate::{
    plain::{clean, line, signs, some_line},
    standing::{Standing, headline, open},
    words::{
        Time, broken_since, cause, duration, failed_at, home, inner, instances, notes, path,
        rollback, rollback_message, run, since, stage, time, why,
    },
};

/// The narrowest that is written for.
const NARROWEST: usize = 40;

/// The sign of a state, as a terminal shows it anywhere.
fn sign(phase: Phase) -> char {
    match phase {
        Phase::Succeeded => '+',
        Phase::Failed => 'x',
        Phase::Stopped | Phase::Stopping => '!',
        Phase::Running => '>',
        Phase::Waiting => '?',
        Phase::Unknown => '-',
    }
}

/// The sign of the whole.
fn story_sign(story: &Story) -> char {
    match (Standing::of(story), story.severity) {
        (Standing::Failing | Standing::RollingBack | Standing::RolledBack, _) => 'x',
        (Standing::Alarming | Standing::Told, Severity::Error) => 'x',
        (Standing::Alarming | Standing::Told, Severity::Warning) => '!',
        (Standing::Waiting, _) => '?',
        (Standing::Superseded, _) => '-',
        _ => sign(story.phase),
    }
}

/// The whole story, a line each, at most `width` columns wide, and never less
/// than 40. Addresses stay whole: one in two lines leads nowhere.
pub fn text(story: &Story, width: usize) -> String {
    let mut page = Page {
        width: width.max(NARROWEST),
        text: String::new(),
    };
    let headline = headline(story);
    page.put(&format!("{} ", story_sign(story)), &headline);
    page.put("  ", &about(story));
    if let Some(cause) = cause(story) {
        let parts = [cause.commit, cause.message, cause.by, cause.on];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        page.put("  ", &parts.join(" "));
    }
    if let Some(words) = rollback(story) {
        let begin = match Standing::of(story) {
            Standing::RollingBack => "  being rolled back: ",
            _ => "  rolled back: ",
        };
        page.put(begin, &words);
        page.put("    ", &rollback_message(story).unwrap_or_default());
    }
    for one in &story.stages {
        let (phase, words) = stage(one);
        let since = since(&one.attempts).filter(|_| !story.phase.is_end());
        let since = since.map(|since| format!(" since {since}"));
        let words = format!("{words}{}", since.unwrap_or_default());
        page.put(&format!("  {} ", sign(phase)), &words);
    }
    if !story.phase.is_end() {
        for names in &story.running {
            page.put("  now: ", &path(names));
        }
    }
    page.put("  ", &instances(story).unwrap_or_default());
    for waiting in &story.waiting {
        page.waiting(&path(inner(story, &waiting.place)), waiting);
    }
    for failure in &story.failures {
        let is_open = open(story).any(|open| std::ptr::eq(open, failure));
        page.failure(&failed_at(story, failure), failure, is_open);
    }
    for gate in &story.gates {
        let reason = match gate.phase {
            Phase::Succeeded => None,
            _ => some_line(Some(&gate.reason)),
        };
        // Its failure says so, too.
        let reason = reason.filter(|reason| story.failures.iter().all(|f| why(f) != *reason));
        let reason = reason.map(|reason| format!(": {reason}"));
        let hook = format!("{}{}", gate.hook, reason.unwrap_or_default());
        page.put(&format!("  {} gate ", sign(gate.phase)), &hook);
    }
    for note in notes(story) {
        page.put("  ", &note);
    }
    let asked: Vec<&Link> = story.waiting.iter().flat_map(|one| &one.links).collect();
    let links = story.links.iter().filter(|link| !asked.contains(link));
    page.links(links, "  ");
    page.text
}

/// Which run of what, when, and where.
fn about(story: &Story) -> String {
    let mut parts = run(story);
    parts.extend(time(story).map(|time| match time {
        Time::Took(took) => format!("took {}", duration(took)),
        Time::Since(at) => format!("since {at}"),
        Time::At(at) => at.to_string(),
    }));
    parts.extend(broken_since(story).map(|(words, at)| format!("{words} {at}")));
    parts.extend(home(story));
    parts.join(", ")
}

/// Lines within a width.
struct Page {
    width: usize,
    text: String,
}

impl Page {
    fn waiting(&mut self, at: &str, waiting: &Waiting) {
        let what = match waiting.question {
            Question::Approval => "approval wanted",
            Question::Pause => "paused",
        };
        let mut words = format!("{what}: {at}");
        if let Some(until) = waiting.until {
            words.push_str(&format!(", until {until}"));
        }
        self.put("  ? ", &words);
        self.put("    ", waiting.note.as_deref().unwrap_or_default());
        self.links(&waiting.links, "    ");
    }

    fn failure(&mut self, at: &str, failure: &Failure, is_open: bool) {
        let sign = if is_open { "  x " } else { "  - " };
        let indent = if at.is_empty() { sign } else { "    " };
        self.put(sign, at);
        self.put(indent, &why(failure));
        self.put("    do: ", failure.remedy.as_deref().unwrap_or_default());
        for check in &failure.checks {
            self.put("    - ", &check.check);
            let remedy = check.remedy.as_ref();
            let remedy = remedy.filter(|_| check.remedy != failure.remedy);
            for (name, text) in [
                ("expected ", check.expected.as_ref()),
                ("got ", check.got.as_ref()),
                ("do: ", remedy),
            ] {
                let text = text.map(String::as_str);
                self.put(&format!("      {name}"), text.unwrap_or_default());
            }
        }
        for diagnosis in &failure.diagnoses {
            let known = diagnosis.failure;
            self.page("    known as ", known.name, known.link);
        }
        for text in &failure.words {
            self.put("    \" ", text);
        }
        for text in &failure.log {
            self.log("    | ", text);
        }
        for text in &failure.missing {
            self.put("    could not be had: ", text);
        }
        self.links(&failure.links, "    ");
    }

    fn links<'a>(&mut self, links: impl IntoIterator<Item = &'a Link>, indent: &str) {
        for link in links {
            self.page(indent, &link.text, &link.url);
        }
    }

    /// An address, on the line of its words where it fits there.
    fn page(&mut self, begin: &str, words: &str, url: &str) {
        let url = line(url);
        let is_page = url.starts_with("https://") || url.starts_with("http://");
        if !is_page || url.contains(' ') {
            return;
        }
        let before = self.text.len();
        self.put(begin, words);
        let last = self.text.get(before..).unwrap_or_default();
        let last = last.lines().next_back().unwrap_or_default();
        if !last.is_empty() && columns(last) + 2 + columns(&url) <= self.width {
            self.text.truncate(self.text.trim_end().len());
            self.text.push_str("  ");
        } else {
            self.text.push_str("      ");
        }
        self.text.push_str(&url);
        self.text.push('\n');
    }

    /// A line of a log, with its own blanks as far as it fits.
    fn log(&mut self, begin: &str, text: &str) {
        for row in clean(text).lines().map(str::trim_end) {
            match columns(begin) + columns(row) <= self.width {
                true if !row.is_empty() => {
                    self.text.push_str(begin);
                    self.text.push_str(row);
                    self.text.push('\n');
                }
                _ => self.put(begin, row),
            }
        }
    }

    /// A text behind a beginning, in as many lines as it takes. Nothing for no
    /// text.
    fn put(&mut self, begin: &str, text: &str) {
        let text = line(text);
        if text.is_empty() {
            return;
        }
        let indent = columns(begin);
        let room = self.width.saturating_sub(indent);
        for (n, row) in wrapped(&text, room).into_iter().enumerate() {
            match n {
                0 => self.text.push_str(begin),
                _ => self.text.push_str(&" ".repeat(indent)),
            }
            self.text.push_str(&row);
            self.text.push('\n');
        }
    }
}

/// How many columns of a terminal a text takes.
fn columns(text: &str) -> usize {
    signs(text).map(UnicodeWidthStr::width).sum()
}

/// A text in rows, parted between words; a word that is too long is parted too.
fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    let mut row = String::new();
    let mut used = 0;
    for word in text.split(' ') {
        let long = columns(word);
        if used > 0 && used + 1 + long > room {
            rows.push(std::mem::take(&mut row));
            used = 0;
        }
        if used > 0 {
            row.push(' ');
            used += 1;
        }
        for sign in signs(word) {
            let wide = sign.width();
            if used > 0 && used + wide > room {
                rows.push(std::mem::take(&mut row));
                used = 0;
            }
            row.push_str(sign);
            used += wide;
        }
    }
    if !row.is_empty() {
        rows.push(row);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_rows() {
        for (text, room, rows) in [
            ("one two three", 7, vec!["one two", "three"]),
            ("abcdefgh", 3, vec!["abc", "def", "gh"]),
            ("a bcdef", 3, vec!["a", "bcd", "ef"]),
            ("版本 版本", 5, vec!["版本", "版本"]),
            ("e\u{301}e\u{301}e", 2, vec!["e\u{301}e\u{301}", "e"]),
            ("", 5, vec![]),
        ] {
            assert_eq!(wrapped(text, room), rows, "{text}");
        }
    }
}
