use super::{Parsed, Parser, escape::Escapes, template::Pieces};
use crate::{Problem, Span, ast::Template};

/// How a text is written: where it ends, and what may be in it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// To the end of the line, or to a comment.
    Unquoted,
    /// `"…"`.
    Quoted,
    /// `` `…` ``.
    Backquoted,
    /// `"…"` in JSON.
    Json,
    /// Several lines, without escapes.
    Lines,
}

impl Style {
    /// Whether this byte, as it is, can't be in the text.
    pub(super) fn ends_at(self, byte: u8) -> bool {
        if matches!(byte, 0x08 | b'\n' | 0x0c | b'\r' | b'\t') {
            return self != Self::Lines;
        }
        match self {
            Self::Unquoted => byte == b'#',
            Self::Quoted | Self::Json => byte == b'"',
            Self::Backquoted => byte == b'`',
            Self::Lines => false,
        }
    }
}

impl Parser<'_> {
    /// A text without quotes: to the end of the line or a comment, without the
    /// spaces before that. It may be empty.
    pub(super) fn unquoted(&mut self) -> Parsed<Template> {
        let start = self.at;
        let mut pieces = self.pieces(Style::Unquoted)?;
        let written = self.slice(start, self.at);
        let trailing = written.len() - written.trim_end_matches(' ').len();
        pieces.shorten(trailing);
        self.at -= trailing;
        Ok(pieces.template(self.span_from(start)))
    }

    /// `"…"`, if it comes next.
    pub(super) fn quoted(&mut self) -> Parsed<Option<Template>> {
        self.enclosed(Style::Quoted, "\"")
    }

    /// `"…"`, which must come next.
    pub(super) fn quoted_after(&mut self, what: &str) -> Parsed<Template> {
        match self.quoted()? {
            Some(template) => Ok(template),
            None => {
                let message = format!("expected a string in double quotes after {what}");
                Err(Problem::new(self.word(), message))
            }
        }
    }

    /// `` `…` ``, if it comes next.
    pub(super) fn backquoted(&mut self) -> Parsed<Option<Template>> {
        self.enclosed(Style::Backquoted, "`")
    }

    fn enclosed(&mut self, style: Style, quote: &str) -> Parsed<Option<Template>> {
        let opening = self.here();
        if !self.eat(quote) {
            return Ok(None);
        }
        let start = self.at;
        let pieces = self.pieces(style)?;
        let span = self.span_from(start);
        if !self.eat(quote) {
            return Err(self.not_closed(opening));
        }
        Ok(Some(pieces.template(span)))
    }

    /// Why a string that was opened is not closed here.
    pub(super) fn not_closed(&self, opening: Span) -> Problem {
        match self.peek() {
            Some(b'\t') => self
                .expected("a tab can't stand in a string")
                .with_remedy("write \\t, or a space"),
            Some(0x08 | 0x0c) => self
                .expected("this control character can't stand in a string")
                .with_remedy("write \\b or \\f"),
            _ => {
                let span = opening.to(Span::new(self.at, self.at));
                Problem::new(span, "the string is not closed, expected its second quote")
            }
        }
    }

    /// A text up to where its style ends it: that is not read.
    pub(super) fn pieces(&mut self, style: Style) -> Parsed<Pieces> {
        let mut pieces = Pieces::default();
        loop {
            let start = self.at;
            let rest = self.text.as_bytes().get(start..).unwrap_or_default();
            let escapes = style != Style::Lines;
            let plain = rest
                .iter()
                .position(|b| *b == b'{' || (escapes && *b == b'\\') || style.ends_at(*b));
            self.at += plain.unwrap_or(rest.len());
            pieces.push_str(self.slice(start, self.at));
            match self.peek() {
                Some(b'\\') if escapes => pieces.push(self.escape(Escapes::Text)?),
                Some(b'{') if self.peek_second() == Some(b'{') => {
                    pieces.placeholder(self.placeholder_in(style)?);
                }
                Some(b'{') => {
                    self.at += 1;
                    pieces.push('{');
                }
                _ => return Ok(pieces),
            }
        }
    }

    /// Reads an escape for its length only.
    pub(super) fn escape_in(&mut self, style: Style) -> Parsed<()> {
        match style {
            Style::Json => self.json_escape(),
            _ => self.escape(Escapes::Text).map(drop),
        }
    }
}
