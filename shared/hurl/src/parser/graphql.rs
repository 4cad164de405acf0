use super::{Parsed, Parser};
use crate::{
    Problem,
    ast::{Multiline, MultilineKind},
};

impl Parser<'_> {
    /// A query and its variables, if a line before the place `end` begins with
    /// the word `variables`. The first line of the query is never that line.
    pub(super) fn graphql_with_variables(&mut self, end: usize) -> Parsed<Option<Multiline>> {
        let Some(line) = self.slice(self.at, end).find("\nvariables") else {
            return Ok(None);
        };
        let text = self.lines_to(self.at + line + 1)?;
        let word = self.word();
        self.eat("variables");
        self.spaces();
        if self.peek() != Some(b'{') || self.peek_second() == Some(b'{') {
            let message = "expected an object in JSON after the word variables";
            return Err(Problem::new(word, message)
                .with_remedy("a line that only looks like that can be indented"));
        }
        let variables = Some(self.json()?);
        self.eat_while(|b| b.is_ascii_whitespace() && b != 0x0c);
        Ok(Some(Multiline {
            kind: MultilineKind::GraphQl,
            text,
            variables,
        }))
    }
}
