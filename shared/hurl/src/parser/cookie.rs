use wording::quoted;

use super::{Parsed, Parser};
use crate::{
    Problem, Spanned,
    ast::{CookieAttribute, CookieQuery},
};

const ATTRIBUTES: [(&str, CookieAttribute); 8] = [
    ("value", CookieAttribute::Value),
    ("expires", CookieAttribute::Expires),
    ("max-age", CookieAttribute::MaxAge),
    ("domain", CookieAttribute::Domain),
    ("path", CookieAttribute::Path),
    ("secure", CookieAttribute::Secure),
    ("httponly", CookieAttribute::HttpOnly),
    ("samesite", CookieAttribute::SameSite),
];

impl<'a> Parser<'a> {
    /// `"name"` or `"name[Attribute]"`. As in the `hurl` command, the name is
    /// read like a text without quotes, and what follows the closing bracket
    /// means nothing.
    pub(super) fn cookie_query(&mut self) -> Parsed<CookieQuery> {
        self.some_spaces("expected a space after cookie")?;
        let opening = self.here();
        if !self.eat("\"") {
            let message = "expected a cookie's name in double quotes";
            return Err(Problem::new(self.word(), message));
        }
        let rest = self.rest();
        let end = rest.find(['"', '\n']).unwrap_or(rest.len());
        let end = self.at + end;
        if self.text.as_bytes().get(end) != Some(&b'"') {
            self.at = end;
            return Err(self.not_closed(opening));
        }
        let inside = self.slice(self.at, end);
        let bracket = self.at + inside.find('[').unwrap_or(inside.len());
        let name = self.within(bracket, |name| name.unquoted())?;
        self.at = bracket;
        let attribute = self.within(end, Self::cookie_attribute)?;
        self.at = end + 1;
        Ok(CookieQuery { name, attribute })
    }

    fn cookie_attribute(&mut self) -> Parsed<Option<Spanned<CookieAttribute>>> {
        if !self.eat("[") {
            return Ok(None);
        }
        self.spaces();
        let start = self.at;
        let written = self.eat_chars(|c| c.is_alphabetic() || c == '-');
        let span = self.span_from(start);
        let lower = written.to_lowercase();
        let Some((_, attribute)) = ATTRIBUTES.iter().find(|(name, _)| *name == lower) else {
            let message = format!(
                "expected Value, Expires, Max-Age, Domain, Path, Secure, HttpOnly or SameSite, not {}",
                quoted(written)
            );
            return Err(Problem::new(span, message));
        };
        self.spaces();
        if !self.eat("]") {
            return Err(self.expected("expected a closing bracket after the attribute"));
        }
        Ok(Some(Spanned::new(*attribute, span)))
    }

    /// Reads as if the text ended there.
    pub(super) fn within<T>(
        &mut self,
        end: usize,
        read: impl FnOnce(&mut Self) -> Parsed<T>,
    ) -> Parsed<T> {
        let whole = self.text;
        self.text = whole.get(..end).unwrap_or(whole);
        let result = read(self);
        self.text = whole;
        result
    }
}
