//! Text to syntax tree: one pass over the bytes, a file for each noun of the
//! language.
//!
//! What a line is shows at its start, so a line is tried as what may stand
//! there (a header, a section, a body, an answer, a request) and the first that
//! fits is taken. No function calls itself: how deep a text nests costs heap,
//! not stack.

mod body;
mod bytes;
mod capture;
mod cookie;
mod duration;
mod entry;
mod escape;
mod filename;
mod filter;
mod graphql;
mod json;
mod json_string;
mod key;
mod line;
mod multiline;
mod multipart;
mod number;
mod operand;
mod option;
mod option_value;
mod pair;
mod placeholder;
mod predicate;
mod query;
mod refused;
mod regex;
mod response;
mod section;
mod status;
mod string;
mod template;
mod variable;
mod xml;
mod xml_declaration;
mod xml_tag;

use self::{line::Almost, regex::Patterns};
use crate::{Problem, Source, Span, ast::File};

/// What every rule gives: a piece of the tree, or why there is none.
type Parsed<T> = Result<T, Problem>;

/// Reads a whole file.
pub(crate) fn file(text: &str) -> Parsed<File> {
    if text.len() > Source::MAX_BYTES {
        let limit = Source::MAX_BYTES / (1024 * 1024);
        let message = format!("expected a file of at most {limit} MiB, this one is larger");
        return Err(Problem::new(Span::default(), message)
            .with_remedy("split it, or read large bodies from files with file,name;"));
    }
    let mut parser = Parser {
        text,
        at: 0,
        almost: None,
        patterns: Patterns::default(),
    };
    // What some editors put before the text; it is no part of it.
    parser.eat("\u{feff}");
    parser.entries()
}

/// A text, and how far it is read.
struct Parser<'a> {
    text: &'a str,
    /// The next byte, always at the boundary of a character.
    at: usize,
    /// What the present line could have been, for the words of a problem.
    almost: Option<Almost>,
    patterns: Patterns,
}

impl<'a> Parser<'a> {
    fn is_end(&self) -> bool {
        self.at >= self.text.len()
    }

    /// The next byte.
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The byte after the next one.
    fn peek_second(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at + 1).copied()
    }

    /// What is not read yet.
    fn rest(&self) -> &'a str {
        self.slice(self.at, self.text.len())
    }

    fn slice(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or_default()
    }

    fn sees(&self, expected: &str) -> bool {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        rest.starts_with(expected.as_bytes())
    }

    /// Reads this, if it comes next.
    fn eat(&mut self, expected: &str) -> bool {
        let seen = self.sees(expected);
        if seen {
            self.at += expected.len();
        }
        seen
    }

    /// Reads bytes of ASCII as long as they are wanted.
    fn eat_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a str {
        let start = self.at;
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        let length = rest.iter().position(|b| !b.is_ascii() || !wanted(*b));
        self.at += length.unwrap_or(rest.len());
        self.slice(start, self.at)
    }

    /// Reads characters as long as they are wanted.
    fn eat_chars(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.find(|c| !wanted(c)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    /// Reads spaces and tabs, and says whether there were any.
    fn spaces(&mut self) -> bool {
        !self.eat_while(|b| b == b' ' || b == b'\t').is_empty()
    }

    fn span_from(&self, start: usize) -> Span {
        Span::new(start, self.at)
    }

    /// The place of the next character, or the end of the text.
    fn here(&self) -> Span {
        let next = self.rest().chars().next().map_or(0, char::len_utf8);
        Span::new(self.at, self.at + next)
    }

    /// The place of the next word: up to a space or the end of the line; the
    /// next character if there is no word.
    fn word(&self) -> Span {
        let rest = self.rest();
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        match end {
            0 => self.here(),
            _ => Span::new(self.at, self.at + end),
        }
    }

    /// The text of a place.
    fn written(&self, span: Span) -> &'a str {
        self.slice(span.start as usize, span.end as usize)
    }

    /// A problem with what comes next.
    fn expected(&self, message: &str) -> Problem {
        Problem::new(self.here(), message)
    }
}
