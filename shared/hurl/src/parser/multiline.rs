use wording::quoted;

use super::{Parsed, Parser, string::Style};
use crate::{
    Problem, Span,
    ast::{Multiline, MultilineKind, Piece, Template},
};

/// What may follow the backquotes.
const HINTS: [(&str, MultilineKind); 4] = [
    ("json", MultilineKind::Json),
    ("xml", MultilineKind::Xml),
    ("graphql", MultilineKind::GraphQl),
    ("raw", MultilineKind::Raw),
];

const FENCE: &str = "```";

impl Parser<'_> {
    /// A string of several lines between three backquotes, if it comes next.
    pub(super) fn multiline(&mut self) -> Parsed<Option<Multiline>> {
        let opening = Span::new(self.at, self.at + FENCE.len());
        if !self.eat(FENCE) {
            return Ok(None);
        }
        let kind = self.hint()?;
        let start = self.at;
        let rest = self.rest();
        let length = rest.find(FENCE);
        let end = start + length.unwrap_or(rest.len());
        if kind == MultilineKind::GraphQl
            && let Some(lines) = self.graphql_with_variables(end)?
        {
            self.fence(opening)?;
            return Ok(Some(lines));
        }
        if length.is_none() {
            self.at = end;
            self.fence(opening)?;
        }
        let text = match kind {
            MultilineKind::Raw => self.raw_lines(end),
            _ => self.lines_to(end)?,
        };
        self.fence(opening)?;
        Ok(Some(Multiline {
            kind,
            text,
            variables: None,
        }))
    }

    /// The word after the backquotes, to the end of its line.
    fn hint(&mut self) -> Parsed<MultilineKind> {
        let start = self.at;
        let mut kind = MultilineKind::Text;
        for (word, hint) in HINTS {
            if self.eat(word) {
                kind = hint;
                break;
            }
        }
        if kind == MultilineKind::GraphQl {
            self.eat(",");
        }
        self.spaces();
        if self.eat("\n") || self.eat("\r\n") {
            return Ok(kind);
        }
        let rest = self.rest();
        let end = rest.find(['\n', '\r', '`']).unwrap_or(rest.len());
        let end = self.at + end;
        let written = self.slice(start, end).trim_end();
        if written.is_empty() {
            return Err(self.expected("expected the end of the line after the backquotes"));
        }
        let message = format!(
            "expected json, xml, graphql, raw or nothing after the backquotes, not {}",
            quoted(written)
        );
        let span = Span::new(start, start + written.len());
        Err(Problem::new(span, message).with_remedy("begin the text on the next line"))
    }

    fn fence(&mut self, opening: Span) -> Parsed<()> {
        if self.eat(FENCE) {
            return Ok(());
        }
        if self.is_end() {
            let message = "the string of several lines is not closed, expected ```";
            return Err(Problem::new(opening, message));
        }
        Err(Problem::new(
            self.word(),
            "expected ``` to close the string",
        ))
    }

    /// Text with placeholders and no escapes, up to a place.
    pub(super) fn lines_to(&mut self, end: usize) -> Parsed<Template> {
        let start = self.at;
        let pieces = self.within(end, |lines| lines.pieces(Style::Lines))?;
        Ok(pieces.template(self.span_from(start)))
    }

    fn raw_lines(&mut self, end: usize) -> Template {
        let text = self.slice(self.at, end);
        let span = Span::new(self.at, end);
        self.at = end;
        let pieces = match text {
            "" => Vec::new(),
            _ => vec![Piece::Text(text.to_owned())],
        };
        Template { span, pieces }
    }
}
