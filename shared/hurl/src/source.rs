use std::fmt;

use crate::{Span, message::tame, snippet};

/// How many bytes a step of [`Source::steps`] has.
const STEP: usize = 1024;

/// A text and its name: what a place is shown in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    name: String,
    text: String,
    /// Where each line begins.
    lines: Vec<usize>,
    /// How many characters there are before each step of bytes, so that a
    /// column in a very long line is found without walking through the line.
    steps: Vec<usize>,
}

/// A line and a column, both from 1; a column counts characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The line.
    pub line: u32,
    /// The character in it.
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

impl Source {
    /// The longest text that is read, in bytes.
    pub const MAX_BYTES: usize = 16 * 1024 * 1024;

    /// A text, and how messages call it. A byte order mark at its start counts
    /// as no column.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let lines = std::iter::once(0)
            .chain(ends.map(|(at, _)| at + 1))
            .collect();
        let mut before = 0;
        let mut steps = Vec::with_capacity(text.len() / STEP + 1);
        for step in text.as_bytes().chunks(STEP) {
            steps.push(before);
            before += characters(step);
        }
        Self {
            name: tame(&name.into()),
            text,
            lines,
            steps,
        }
    }

    /// How messages call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where a range begins. A range past the end begins at the end.
    pub fn place(&self, span: Span) -> Place {
        let at = (span.start as usize).min(self.text.len());
        let line = self.line_of(at);
        let start = self.line_start(line);
        let mut column = self.characters_before(at) - self.characters_before(start) + 1;
        if start == 0 && at > 0 && self.text.starts_with('\u{feff}') {
            column -= 1;
        }
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Place {
            line: count(line + 1),
            column: count(column),
        }
    }

    /// The first line of a range with its number, and a marker under the range:
    /// two lines, without the end of the second. Control characters are
    /// replaced, and a long line is cut around the marker.
    ///
    /// ```text
    ///  3 | HTTP/1.1 abc
    ///    |          ^^^
    /// ```
    pub fn snippet(&self, span: Span) -> String {
        let number = self.place(span).line;
        let at = (span.start as usize).min(self.text.len());
        let start = self.line_start(self.line_of(at));
        let line = self.text.get(start..).unwrap_or_default();
        let line = line.get(..line.find('\n').unwrap_or(line.len()));
        let line = line.unwrap_or_default();
        let line = line.strip_suffix('\r').unwrap_or(line);
        let marked = at - start..(span.end as usize).saturating_sub(start);
        let (shown, marker) = snippet::line(line, marked);
        let gutter = snippet::gutter(number);
        let shown = format!(" {number} | {shown}");
        format!("{}\n{gutter} | {marker}", shown.trim_end())
    }

    /// The index of the line that a byte is in.
    fn line_of(&self, at: usize) -> usize {
        let after = self.lines.partition_point(|start| *start <= at);
        after.saturating_sub(1)
    }

    fn line_start(&self, line: usize) -> usize {
        self.lines.get(line).copied().unwrap_or_default()
    }

    fn characters_before(&self, at: usize) -> usize {
        let step = at / STEP;
        let (step, before) = match self.steps.get(step) {
            Some(before) => (step, *before),
            // Right after the last step, which is full.
            None => match self.steps.last() {
                Some(before) => (self.steps.len() - 1, *before),
                None => return 0,
            },
        };
        let bytes = self.text.as_bytes();
        before + characters(bytes.get(step * STEP..at).unwrap_or_default())
    }
}

/// How many characters begin in these bytes of UTF-8.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
}
