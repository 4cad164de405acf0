use super::{Parsed, Parser, json::JsonPieces, string::Style};
use crate::{Problem, ast::JsonPiece};

impl Parser<'_> {
    /// A string in JSON, which must come next, with its quotes.
    pub(super) fn json_string(&mut self, pieces: &mut JsonPieces) -> Parsed<()> {
        let opening = self.here();
        self.eat("\"");
        loop {
            let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
            let plain = rest
                .iter()
                .position(|b| matches!(b, b'{' | b'\\') || Style::Json.ends_at(*b));
            self.at += plain.unwrap_or(rest.len());
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.json_escape()?,
                Some(b'{') if self.peek_second() == Some(b'{') => {
                    let start = self.at;
                    let placeholder = self.placeholder_in(Style::Json)?;
                    pieces.placeholder(self, start, JsonPiece::InString, placeholder);
                }
                Some(b'{') => self.at += 1,
                _ => return Err(self.not_closed(opening)),
            }
        }
    }

    /// An escape of JSON (RFC 8259, section 7), of which the backslash comes
    /// next.
    pub(super) fn json_escape(&mut self) -> Parsed<()> {
        let start = self.at;
        let c = self.peek_second();
        self.at += 1;
        match c {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 1;
                Ok(())
            }
            Some(b'u') => {
                self.at += 1;
                let first = self.four_digits()?;
                if !(0xd800..0xe000).contains(&first) {
                    return Ok(());
                }
                let is_pair = first < 0xdc00
                    && self.eat("\\u")
                    && (0xdc00..0xe000).contains(&self.four_digits()?);
                if is_pair {
                    return Ok(());
                }
                let message = "expected both halves of a surrogate pair, as in \\ud83d\\ude00";
                Err(Problem::new(self.span_from(start), message))
            }
            _ => {
                let end = self.here();
                let span = self.span_from(start).to(end);
                let message =
                    "expected an escape of JSON: \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u0000";
                Err(Problem::new(span, message))
            }
        }
    }

    fn four_digits(&mut self) -> Parsed<u32> {
        let start = self.at;
        let mut value = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|b| char::from(b).to_digit(16));
            let Some(digit) = digit else {
                let span = self.span_from(start).to(self.here());
                return Err(Problem::new(span, "expected four hexadecimal digits"));
            };
            value = value << 4 | digit;
            self.at += 1;
        }
        Ok(value)
    }
}
