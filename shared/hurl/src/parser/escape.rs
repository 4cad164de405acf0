use super::{Parsed, Parser};
use crate::{Problem, Span};

/// Where an escape stands: what may follow its backslash, besides
/// ``\ # b f n r t u`` that may everywhere.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Escapes {
    /// In a string, with or without quotes.
    Text,
    /// In a key.
    Key,
    /// In the name of a file.
    File,
    /// In the name of a file that may end in a colon and a password.
    FilePassword,
}

impl Escapes {
    fn own(self) -> &'static str {
        match self {
            Self::Text => "\"`/",
            Self::Key => ":/",
            Self::File => "; {}",
            Self::FilePassword => "; {}:",
        }
    }
}

impl Parser<'_> {
    /// An escape, of which the backslash comes next: the character that it
    /// stands for.
    pub(super) fn escape(&mut self, place: Escapes) -> Parsed<char> {
        let start = self.at;
        self.eat("\\");
        let Some(c) = self.rest().chars().next() else {
            return Err(Problem::new(
                self.span_from(start),
                "expected a character after the backslash",
            ));
        };
        self.at += c.len_utf8();
        match c {
            '\\' | '#' => Ok(c),
            'b' => Ok('\u{8}'),
            'f' => Ok('\u{c}'),
            'n' => Ok('\n'),
            'r' => Ok('\r'),
            't' => Ok('\t'),
            'u' => self.code_point(start),
            _ if place.own().contains(c) => Ok(c),
            _ => Err(no_escape(self.span_from(start), place)),
        }
    }

    /// `{1F600}`: a character by its number in hexadecimal digits.
    fn code_point(&mut self, start: usize) -> Parsed<char> {
        if !self.eat("{") {
            return Err(Problem::new(
                self.span_from(start),
                "expected a number between braces after \\u, as in \\u{e9}",
            ));
        }
        let digits = self.eat_while(|b| b.is_ascii_hexdigit());
        if digits.is_empty() {
            return Err(self.expected("expected hexadecimal digits"));
        }
        let significant = digits.trim_start_matches('0');
        let number = match significant.len() {
            0 => Ok(0),
            _ => u32::from_str_radix(significant, 16),
        };
        let Some(c) = number.ok().and_then(char::from_u32) else {
            return Err(Problem::new(
                self.span_from(start),
                "expected the number of a Unicode character",
            ));
        };
        if !self.eat("}") {
            return Err(self.expected("expected a closing brace after the digits"));
        }
        Ok(c)
    }
}

fn no_escape(span: Span, place: Escapes) -> Problem {
    let mut known = String::from("\\\\ \\# \\b \\f \\n \\r \\t \\u{…}");
    for c in place.own().chars() {
        known.push_str(" \\");
        known.push(c);
    }
    let problem = Problem::new(span, "expected an escape that is known here");
    match place {
        Escapes::Text => problem.with_remedy(format!(
            "write \\\\ for a backslash itself; known are {known}"
        )),
        _ => problem.with_remedy(format!("known are {known}")),
    }
}
