use std::borrow::Cow;

use wording::{nearest, quoted};
use yaml::{Mistake, Place};

use crate::{
    limits,
    loose::{Found, Given, Key, Keys, OneOrMore, Scalar},
};

/// Reads a plan and keeps the mistakes in it.
pub(super) struct Reader<'a> {
    text: &'a str,
    mistakes: Vec<Mistake>,
    /// Regular expressions so far.
    pub(super) patterns: usize,
}

/// A mistake was found and kept. Only [`Reader`] makes one, so that nothing of
/// a plan is dropped in silence.
#[derive(Debug)]
pub(super) struct Reported(());

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            mistakes: Vec::new(),
            patterns: 0,
        }
    }

    /// The mistakes, in the order of their places.
    pub(super) fn into_mistakes(mut self) -> Vec<Mistake> {
        self.mistakes
            .sort_by_key(|mistake| (mistake.at.line, mistake.at.column));
        // What aliases repeat is wrong once.
        self.mistakes
            .dedup_by(|one, other| one.at == other.at && one.text == other.text);
        self.mistakes
    }

    pub(super) fn mistake(&mut self, at: Place, message: impl Into<String>) -> Reported {
        self.guess(at, message, None)
    }

    /// A mistake, and what was probably meant.
    pub(super) fn guess(
        &mut self,
        at: Place,
        message: impl Into<String>,
        meant: Option<&str>,
    ) -> Reported {
        if self.mistakes.len() < limits::MISTAKES {
            self.mistakes.push(Mistake {
                at,
                text: message.into(),
                meant: meant.map(str::to_owned),
            });
        }
        Reported(())
    }

    /// A value of the right kind. `what` has it, and `wanted` says what it
    /// should be.
    pub(super) fn expect<T>(
        &mut self,
        given: Given<T>,
        what: &str,
        wanted: &str,
    ) -> Result<(T, Place), Reported> {
        let found = match given.value {
            Ok(value) => return Ok((value, given.at)),
            Err(Found::Nothing) => {
                return Err(self.mistake(
                    given.at,
                    format!("{what} has no value; it must be {wanted}"),
                ));
            }
            Err(Found::Scalar) => "a single value",
            Err(Found::List) => "a list",
            Err(Found::Mapping) => "a mapping",
        };
        Err(self.mistake(given.at, format!("{what} must be {wanted}, not {found}")))
    }

    /// Reports unknown keys; `advice` may know better than the nearest name.
    pub(super) fn unknown_keys<T>(
        &mut self,
        keys: &Keys<T>,
        advice: impl Fn(&str) -> Option<&'static str>,
    ) {
        for (key, at) in &keys.unknown {
            let message = format!("unknown key {}", quoted(key));
            match (advice(key), nearest(key, keys.known)) {
                (Some(advice), _) => self.mistake(*at, format!("{message}; {advice}")),
                (None, Some(meant)) => self.guess(*at, message, Some(meant)),
                (None, None) => {
                    let known = keys.known.join(", ");
                    self.mistake(*at, format!("{message}; known here: {known}"))
                }
            };
        }
    }

    /// Reports that a key is missing, unless one of the unknown keys was
    /// probably meant to be it and is reported already.
    pub(super) fn missing<T>(
        &mut self,
        key: &str,
        keys: &Keys<T>,
        at: Place,
        message: &str,
    ) -> Reported {
        let misspelt = |(written, _): &Key| nearest(written, keys.known) == Some(key);
        match keys.unknown.iter().any(misspelt) {
            true => Reported(()),
            false => self.mistake(at, message),
        }
    }

    /// A scalar as it is written, so that `1.10` stays `1.10`.
    pub(super) fn text(
        &mut self,
        given: Given<Scalar>,
        what: &str,
        wanted: &str,
    ) -> Result<(String, Place), Reported> {
        let (scalar, at) = self.expect(given, what, wanted)?;
        Ok((self.written(&scalar, at).into_owned(), at))
    }

    /// A number or a truth value as it is written; in quotes it would be a
    /// text.
    pub(super) fn plain(
        &mut self,
        given: Given<Scalar>,
        what: &str,
        wanted: &str,
    ) -> Result<(String, Place), Reported> {
        match self.expect(given, what, wanted)? {
            (scalar @ Scalar::Plain(_), at) => Ok((self.written(&scalar, at).into_owned(), at)),
            (Scalar::Text(text), at) => {
                let message = format!("{what} must be {wanted}, not the text {}", quoted(&text));
                Err(self.mistake(at, message))
            }
        }
    }

    /// One text or several, each with its place.
    pub(super) fn texts(
        &mut self,
        given: Given<OneOrMore>,
        what: &str,
        wanted: &str,
    ) -> Result<Vec<(String, Place)>, Reported> {
        let (value, at) = self.expect(given, what, wanted)?;
        let items = match value {
            OneOrMore::One(scalar) => {
                return Ok(vec![(self.written(&scalar, at).into_owned(), at)]);
            }
            OneOrMore::More(items) => items,
        };
        if items.is_empty() {
            return Err(self.mistake(at, format!("{what} is an empty list; it must be {wanted}")));
        }
        if items.len() > limits::ITEMS {
            let most = limits::ITEMS;
            return Err(self.mistake(at, format!("{what} takes at most {most} items")));
        }
        let item = format!("an item of {what}");
        let texts: Vec<_> = (items.into_iter())
            .map(|given| self.text(given, &item, "a text"))
            .collect();
        texts.into_iter().collect()
    }

    fn written<'s>(&self, scalar: &'s Scalar, at: Place) -> Cow<'s, str>
    where
        'a: 's,
    {
        let value = match scalar {
            Scalar::Text(text) => return Cow::Borrowed(text),
            Scalar::Plain(value) => value,
        };
        match at.written(self.text).map(str::trim) {
            // A tag can make a number of a quoted text.
            Some(text)
                if !text.is_empty() && !text.starts_with(['"', '\'', '!', '&', '|', '>']) =>
            {
                Cow::Borrowed(text)
            }
            _ => Cow::Owned(value.to_string()),
        }
    }
}
