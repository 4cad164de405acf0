//! How a line of a source is shown to people.

use std::ops::Range;

use crate::message::is_unsafe;

/// How many columns of a long line are shown before its marked part.
const BEFORE: usize = 50;

/// How many columns are shown from there on.
const AFTER: usize = 70;

/// How many characters of these are shown at most: some take no column.
const CHARACTERS: usize = 300;

/// How many columns a tab is shown as.
const TAB: usize = 4;

/// The space before the bar of a line that has no number.
pub(crate) fn gutter(number: u32) -> String {
    " ".repeat(number.to_string().len() + 1)
}

/// A line as it is shown, and the marker under the marked bytes.
pub(crate) fn line(line: &str, marked: Range<usize>) -> (String, String) {
    let start = boundary(line, marked.start);
    let end = boundary(line, marked.end).max(start);
    let (before, rest) = line.split_at_checked(start).unwrap_or((line, ""));

    let mut shown = String::new();
    let mut margin = 0;
    let kept = tail(before);
    if kept.len() < before.len() {
        shown.push('…');
        margin += 1;
    }
    margin += push(kept, &mut shown);

    let mut columns = 0;
    let mut carets = 0;
    for (index, (at, c)) in rest.char_indices().enumerate() {
        if columns + width(c) > AFTER || index == CHARACTERS {
            shown.push('…');
            break;
        }
        columns += push_char(c, &mut shown);
        if start + at < end {
            carets = columns;
        }
    }
    let marker = format!("{}{}", " ".repeat(margin), "^".repeat(carets.max(1)));
    (shown, marker)
}

/// The last columns of what stands before the marker.
fn tail(before: &str) -> &str {
    let mut columns = 0;
    let mut characters = before.char_indices().rev().enumerate();
    let cut = characters.find(|(index, (_, c))| {
        columns += width(*c);
        columns > BEFORE || *index == CHARACTERS
    });
    let from = cut.map_or(0, |(_, (at, c))| at + c.len_utf8());
    before.get(from..).unwrap_or_default()
}

fn push(text: &str, shown: &mut String) -> usize {
    text.chars().map(|c| push_char(c, shown)).sum()
}

/// Adds a character as it can be shown, and says how many columns it takes.
fn push_char(c: char, shown: &mut String) -> usize {
    match c {
        '\t' => shown.push_str(&" ".repeat(TAB)),
        '\u{feff}' => {}
        c if is_unsafe(c) => shown.push('\u{fffd}'),
        c => shown.push(c),
    }
    width(c)
}

/// How many columns a character takes, roughly as terminals have it (Unicode
/// Standard Annex 11).
fn width(c: char) -> usize {
    match c {
        '\t' => TAB,
        '\u{feff}' => 0,
        c if is_unsafe(c) => 1,
        // Combining marks and variation selectors.
        '\u{300}'..='\u{36f}'
        | '\u{483}'..='\u{489}'
        | '\u{591}'..='\u{5bd}'
        | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}'
        | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{fe20}'..='\u{fe2f}' => 0,
        // Scripts of East Asia, full-width forms, pictures.
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{303e}'
        | '\u{3041}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe4f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1f64f}'
        | '\u{1f680}'..='\u{1f6ff}'
        | '\u{1f900}'..='\u{1f9ff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

/// The boundary of a character at or before a byte, at most the end.
fn boundary(line: &str, at: usize) -> usize {
    let mut at = at.min(line.len());
    while !line.is_char_boundary(at) {
        at -= 1;
    }
    at
}
