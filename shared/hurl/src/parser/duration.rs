use std::time::Duration;

use wording::quoted;

use super::{Parsed, Parser};
use crate::Problem;

impl Parser<'_> {
    /// A whole number and its unit, if one comes next. Without a unit it counts
    /// milliseconds.
    pub(super) fn duration(&mut self) -> Parsed<Option<Duration>> {
        let Some(number) = self.natural()? else {
            return Ok(None);
        };
        let start = self.at;
        let millis_of_unit = match self.eat_while(|b| b.is_ascii_alphabetic()) {
            "" | "ms" => 1,
            "s" => 1000,
            "m" => 60 * 1000,
            "h" => 60 * 60 * 1000,
            unit => {
                let message = format!("expected a unit: ms, s, m or h, not {}", quoted(unit));
                return Err(Problem::new(self.span_from(start), message));
            }
        };
        Ok(Some(Duration::from_millis(
            number.saturating_mul(millis_of_unit),
        )))
    }
}
