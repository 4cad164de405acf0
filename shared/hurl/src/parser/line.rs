use wording::{nearest, quoted};

use super::{Parsed, Parser, query::QUERIES};
use crate::{Problem, Span};

/// What a line came nearest to, of all that may stand where it is.
pub(super) enum Almost {
    /// A key, up to this mistake in it.
    Key(usize, Problem),
    /// A key without its colon.
    Colon(usize, Span),
    /// A line of `[Asserts]` or `[Captures]`.
    Query(usize),
    /// A second line where there can be one.
    Second(usize),
}

/// The methods of HTTP (RFC 9110, RFC 5789).
const METHODS: [&str; 9] = [
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
];

impl Parser<'_> {
    /// Goes to the start of the next line that says something: past blank lines
    /// and comments, and past the spaces that it begins with.
    pub(super) fn next_line(&mut self) {
        loop {
            self.spaces();
            match self.peek() {
                Some(b'#') => {
                    let rest = self.rest();
                    self.at += rest.find('\n').map_or(rest.len(), |end| end + 1);
                }
                Some(b'\n') => self.at += 1,
                Some(b'\r') if self.peek_second() == Some(b'\n') => self.at += 2,
                _ => return,
            }
        }
    }

    /// Reads the rest of a line that has said all: spaces, a comment.
    pub(super) fn end_of_line(&mut self, expected: &str) -> Parsed<()> {
        self.spaces();
        if self.peek() == Some(b'#') {
            let rest = self.rest();
            self.at += rest.find('\n').unwrap_or(rest.len());
        }
        if self.is_end() || self.eat("\n") || self.eat("\r\n") {
            return Ok(());
        }
        if self.peek() == Some(b'\r') {
            return Err(self.lone_return());
        }
        let line = self.rest_of_line();
        Err(Problem::new(line, expected))
    }

    /// Reads the rest of a line after a value without quotes.
    pub(super) fn end_of_value(&mut self) -> Parsed<()> {
        let tab = self.here();
        let is_tab = self.peek() == Some(b'\t');
        self.end_of_line("expected the end of the line")
            .map_err(|problem| match self.peek() {
                Some(b'\r') => problem,
                Some(0x08 | 0x0c) => self
                    .expected("this control character can't stand in a value")
                    .with_remedy("write \\b or \\f"),
                _ if is_tab => Problem::new(tab, "a tab can't stand in a value")
                    .with_remedy("write \\t, or a space"),
                _ => problem,
            })
    }

    fn lone_return(&self) -> Problem {
        self.expected("expected a line feed after the carriage return")
    }

    /// The place of what is left of the line, without the space at its end.
    pub(super) fn rest_of_line(&self) -> Span {
        let rest = self.rest();
        let end = rest.find('\n').unwrap_or(rest.len());
        let line = rest.get(..end).unwrap_or_default().trim_end();
        match line.len() {
            0 => self.here(),
            length => Span::new(self.at, self.at + length),
        }
    }

    /// Reads spaces that must be there.
    pub(super) fn some_spaces(&mut self, expected: &str) -> Parsed<()> {
        if self.spaces() {
            Ok(())
        } else {
            Err(self.expected(expected))
        }
    }

    /// Whether it is known what the line that starts here could have been.
    pub(super) fn is_almost(&self, start: usize) -> bool {
        match &self.almost {
            Some(
                Almost::Key(at, _) | Almost::Colon(at, _) | Almost::Query(at) | Almost::Second(at),
            ) => *at == start,
            None => false,
        }
    }

    /// Why the line that starts here is nothing that may stand here.
    pub(super) fn no_line(&mut self) -> Problem {
        let start = self.at;
        let word = self.eat_while(|b| b.is_ascii_alphabetic());
        let ends = matches!(self.peek(), None | Some(b' ' | b'\t' | b'/'));
        self.at = start;
        let upper = word.to_ascii_uppercase();
        let here = Span::new(start, start + word.len());
        if word != upper && ends && METHODS.contains(&upper.as_str()) {
            let message = "expected a method in upper-case letters";
            return Problem::new(here, message).with_remedy(format!("write {upper}"));
        }
        if word != upper && ends && upper == "HTTP" {
            let message = "expected HTTP in upper-case letters";
            return Problem::new(here, message).with_remedy("write HTTP, as in HTTP 200");
        }
        let almost = if self.is_almost(start) {
            self.almost.take()
        } else {
            None
        };
        match almost {
            Some(Almost::Key(_, problem)) => problem,
            Some(Almost::Colon(_, place)) => Problem::new(place, "expected a colon after the key"),
            Some(Almost::Query(_)) => self.no_query(),
            Some(Almost::Second(_)) => {
                Problem::new(self.rest_of_line(), "expected one line in [BasicAuth] only")
            }
            _ => Problem::new(
                self.word(),
                "expected a method in upper-case letters and a URL, as in GET https://example.org",
            ),
        }
    }

    /// Why there is no query here.
    pub(super) fn no_query(&self) -> Problem {
        let span = self.word();
        let written = self.written(span);
        if written.is_empty() {
            return Problem::new(span, "expected a query, such as status or jsonpath");
        }
        let message = format!(
            "expected a query, such as status or jsonpath, not {}",
            quoted(written)
        );
        suggest(Problem::new(span, message), nearest(written, &QUERIES))
    }
}

/// Adds what was probably meant.
pub(super) fn suggest(problem: Problem, meant: Option<&str>) -> Problem {
    match meant {
        Some(name) => problem.with_remedy(format!("did you mean {name}?")),
        None => problem,
    }
}
