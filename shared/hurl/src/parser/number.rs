use super::{Parsed, Parser};
use crate::{Problem, ast::Number};

impl Parser<'_> {
    /// A number, if one comes next: whole, or with a decimal point. There is no
    /// exponent.
    pub(super) fn number(&mut self) -> Parsed<Option<Number>> {
        let start = self.at;
        self.eat("-");
        let whole = self.eat_while(|b| b.is_ascii_digit());
        if whole.is_empty() {
            self.at = start;
            return Ok(None);
        }
        if whole.len() > 1 && whole.starts_with('0') {
            return Err(leading_zero(self, start));
        }
        if self.eat(".") {
            if self.eat_while(|b| b.is_ascii_digit()).is_empty() {
                return Err(self.expected("expected digits after the decimal point"));
            }
            return match self.slice(start, self.at).parse() {
                Ok(float) => Ok(Some(Number::Float(float))),
                Err(_) => Err(Problem::new(self.span_from(start), "expected a number")),
            };
        }
        let written = self.slice(start, self.at);
        match written.parse() {
            Ok(integer) => Ok(Some(Number::Integer(integer))),
            // The `hurl` command loses the sign of such a number.
            Err(_) if written.starts_with('-') => {
                let message = "a whole number below -9223372036854775808 can't be compared";
                Err(Problem::new(self.span_from(start), message)
                    .with_remedy("compare it as text, after the filter toString"))
            }
            Err(_) => Ok(Some(Number::Big(whole.to_owned()))),
        }
    }

    /// A whole number of up to 64 bits, if one comes next.
    pub(super) fn integer(&mut self) -> Parsed<Option<i64>> {
        let start = self.at;
        let negative = self.eat("-");
        match self.natural()? {
            // The largest number less one on the negative side, as the `hurl`
            // command has it.
            Some(number) => match i64::try_from(number) {
                Ok(number) if negative => Ok(Some(-number)),
                Ok(number) => Ok(Some(number)),
                Err(_) => Err(too_large(self, start)),
            },
            None => {
                self.at = start;
                Ok(None)
            }
        }
    }

    /// A whole number from 0, if one comes next.
    pub(super) fn natural(&mut self) -> Parsed<Option<u64>> {
        let start = self.at;
        let digits = self.eat_while(|b| b.is_ascii_digit());
        if digits.is_empty() {
            return Ok(None);
        }
        if digits.len() > 1 && digits.starts_with('0') {
            return Err(leading_zero(self, start));
        }
        match digits.parse() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(too_large(self, start)),
        }
    }
}

fn leading_zero(parser: &Parser<'_>, start: usize) -> Problem {
    let message = "expected a number without a zero before it";
    Problem::new(parser.span_from(start), message)
}

fn too_large(parser: &Parser<'_>, start: usize) -> Problem {
    Problem::new(parser.span_from(start), "expected a smaller number")
}
