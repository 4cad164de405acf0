use wording::quoted;

use super::{
    reader::{Reader, Reported},
    value::is_token,
};
use crate::{
    limits,
    loose::{Given, Pairs, Scalar},
};

/// A header's name and value.
type Header = (String, String);

impl Reader<'_> {
    pub(super) fn headers_to_send(
        &mut self,
        given: Given<Pairs<Scalar>>,
    ) -> Result<Vec<Header>, Reported> {
        self.headers(given, |name| match name {
            "host" => Some("the Host header comes from \"http\"; write a whole URL there"),
            "content-length" | "transfer-encoding" => {
                Some("a probe sends no body, so it cannot have this header")
            }
            _ => None,
        })
    }

    pub(super) fn expected_headers(
        &mut self,
        given: Given<Pairs<Scalar>>,
    ) -> Result<Vec<Header>, Reported> {
        let at = given.at;
        let headers = self.headers(given, |_| None)?;
        match headers.is_empty() {
            true => Err(self.mistake(at, "\"headers\" expects nothing; name a header")),
            false => Ok(headers),
        }
    }

    /// Headers in their order. `refuse` says why a name is refused, which it
    /// gets in lower case.
    fn headers(
        &mut self,
        given: Given<Pairs<Scalar>>,
        refuse: impl Fn(&str) -> Option<&'static str>,
    ) -> Result<Vec<Header>, Reported> {
        let (Pairs(pairs), at) =
            self.expect(given, "\"headers\"", "a mapping of names to values")?;
        if pairs.len() > limits::ITEMS {
            let most = limits::ITEMS;
            return Err(self.mistake(at, format!("\"headers\" takes at most {most} headers")));
        }
        let mut names: Vec<String> = Vec::new();
        let mut headers = Vec::new();
        for ((name, at), value) in pairs {
            let lower = name.to_ascii_lowercase();
            let wrong = if !is_token(&name) || name.len() > limits::NAME {
                Some(format!("{} is no name of a header", quoted(&name)))
            } else if names.contains(&lower) {
                Some(format!(
                    "the header {} is here a second time",
                    quoted(&name)
                ))
            } else {
                refuse(&lower).map(str::to_owned)
            };
            let wrong = wrong.map(|message| self.mistake(at, message));
            let value = self.header_value(value, &name);
            headers.push(match wrong {
                Some(reported) => Err(reported),
                None => value.map(|value| (name, value)),
            });
            names.push(lower);
        }
        headers.into_iter().collect()
    }

    /// A header's value, which errors do not repeat: it may be a secret.
    fn header_value(&mut self, given: Given<Scalar>, name: &str) -> Result<String, Reported> {
        let what = format!("the header {}", quoted(name));
        let (value, at) = self.text(given, &what, "a text")?;
        let why = if value.contains(['\r', '\n']) {
            "must be one line"
        } else if !value
            .bytes()
            .all(|b| b == b'\t' || b == b' ' || b.is_ascii_graphic())
        {
            "must be ASCII without control characters"
        } else if value.trim() != value {
            "must neither start nor end with a space"
        } else if value.len() > limits::HEADER_BYTES {
            "is too long"
        } else {
            return Ok(value);
        };
        Err(self.mistake(at, format!("{what} {why}")))
    }
}
