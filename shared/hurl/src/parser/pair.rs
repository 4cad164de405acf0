use super::{Parsed, Parser, line::Almost};
use crate::ast::Pair;

impl Parser<'_> {
    /// Lines `key: value`, as many as there are.
    pub(super) fn pairs(&mut self) -> Parsed<Vec<Pair>> {
        let mut pairs = Vec::new();
        while let Some(pair) = self.pair()? {
            pairs.push(pair);
        }
        Ok(pairs)
    }

    /// One line `key: value`, where there can be only one.
    pub(super) fn only_pair(&mut self) -> Parsed<Option<Pair>> {
        let pair = self.pair()?;
        self.next_line();
        let start = self.at;
        if pair.is_some() && self.key_and_colon().is_some() {
            self.at = start;
            self.almost = Some(Almost::Second(start));
        }
        self.at = start;
        Ok(pair)
    }

    /// A line `key: value`, if the next line is one.
    fn pair(&mut self) -> Parsed<Option<Pair>> {
        self.next_line();
        let start = self.at;
        let Some(key) = self.key_and_colon() else {
            return Ok(None);
        };
        let value = self.unquoted()?;
        let span = self.span_from(start);
        self.end_of_value()?;
        Ok(Some(Pair { key, value, span }))
    }
}
