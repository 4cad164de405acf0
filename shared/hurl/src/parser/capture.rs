use wording::{nearest, quoted};

use super::{Parsed, Parser, filter::FILTERS, line::Almost, line::suggest};
use crate::{
    Problem, Span,
    ast::{Assert, Capture},
};

impl Parser<'_> {
    /// The lines of `[Captures]`.
    pub(super) fn captures(&mut self) -> Parsed<Vec<Capture>> {
        let mut captures = Vec::new();
        loop {
            self.next_line();
            let start = self.at;
            let Some(name) = self.key_and_colon() else {
                return Ok(captures);
            };
            let Some(query) = self.query()? else {
                return Err(self.no_query());
            };
            let filters = self.filters()?;
            let after = self.at;
            self.spaces();
            let redact = self.eat("redact");
            if !redact {
                self.at = after;
            }
            captures.push(Capture {
                name,
                query,
                filters,
                redact,
                span: self.span_from(start),
            });
            self.end_of_capture()?;
        }
    }

    fn end_of_capture(&mut self) -> Parsed<()> {
        let end = "expected a filter, redact or the end of the line";
        self.end_of_line(end).map_err(|problem| {
            let word = self.word();
            let written = self.written(word);
            match nearest(written, &FILTERS) {
                Some(filter) => suggest(
                    Problem::new(word, format!("{end}, not {}", quoted(written))),
                    Some(filter),
                ),
                None => problem,
            }
        })
    }

    /// The lines of `[Asserts]`.
    pub(super) fn asserts(&mut self) -> Parsed<Vec<Assert>> {
        let mut asserts = Vec::new();
        loop {
            self.next_line();
            let start = self.at;
            let Some(query) = self.query()? else {
                if !self.is_end() {
                    self.almost = Some(Almost::Query(start));
                }
                return Ok(asserts);
            };
            let filters = self.filters()?;
            if !self.spaces() {
                return Err(self.no_space(filters.last().map(|filter| filter.span)));
            }
            let predicate = self.predicate()?;
            asserts.push(Assert {
                query,
                filters,
                predicate,
                span: self.span_from(start),
            });
            self.end_of_line("expected the end of the line after the predicate")?;
        }
    }

    /// Why there is no space after a query and its filters. What begins like a
    /// filter may be a predicate of an older version, or misspelt.
    fn no_space(&mut self, filter: Option<Span>) -> Problem {
        let goes_on = self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric());
        match filter {
            Some(filter) if goes_on => {
                self.at = filter.start as usize;
                self.no_predicate()
            }
            _ => {
                self.expected("expected a space, and a filter or a predicate such as == or exists")
            }
        }
    }
}
