use super::{Parsed, Parser};
use crate::{Problem, Spanned};

impl Parser<'_> {
    /// A status: a number, or `*` for any.
    pub(super) fn status(&mut self) -> Parsed<Spanned<Option<u64>>> {
        let start = self.at;
        if self.eat("*") {
            return Ok(Spanned::new(None, self.span_from(start)));
        }
        let digits = self.eat_while(|b| b.is_ascii_digit());
        match digits.parse() {
            Ok(status) => Ok(Spanned::new(Some(status), self.span_from(start))),
            Err(_) => {
                self.at = start;
                Err(Problem::new(
                    self.word(),
                    "expected a status, a number or *",
                ))
            }
        }
    }
}
