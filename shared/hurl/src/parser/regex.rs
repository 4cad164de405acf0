use std::collections::HashMap;

use super::{Parsed, Parser};
use crate::{
    Problem,
    ast::{Pattern, Regex},
};

/// What all regular expressions of a file may take, compiled, in bytes. Their
/// time is in proportion to that: a short text can describe a large automaton,
/// and a file can hold many.
const ALL_BYTES: usize = 256 * 1024 * 1024;

/// What one of them may take; the `hurl` command has the same limit.
const ONE_BYTES: usize = 10 * 1024 * 1024;

/// What each is taken for at least.
const LEAST_BYTES: usize = 2 * 1024;

/// The regular expressions of a file, each compiled once.
#[derive(Default)]
pub(super) struct Patterns {
    known: HashMap<String, Regex>,
    used: usize,
}

impl Patterns {
    fn get(&mut self, pattern: String) -> Result<Regex, String> {
        if let Some(regex) = self.known.get(&pattern) {
            return Ok(regex.clone());
        }
        let mut limit = LEAST_BYTES;
        loop {
            if self.used + limit > ALL_BYTES {
                return Err("the regular expressions of this file are too large together".into());
            }
            let mut builder = regex::RegexBuilder::new(&pattern);
            match builder.size_limit(limit.min(ONE_BYTES)).build() {
                Ok(regex) => {
                    self.used += limit.min(ONE_BYTES);
                    let regex = Regex(regex);
                    self.known.insert(pattern, regex.clone());
                    return Ok(regex);
                }
                Err(regex::Error::CompiledTooBig(_)) if limit < ONE_BYTES => limit *= 4,
                Err(regex::Error::CompiledTooBig(_)) => {
                    return Err("the regular expression is too large".into());
                }
                Err(error) => {
                    // The last line says what is wrong, the others show where.
                    let text = error.to_string();
                    let line = text.lines().last().unwrap_or_default();
                    let reason = line.strip_prefix("error: ").unwrap_or(line);
                    return Err(format!("expected a regular expression: {reason}"));
                }
            }
        }
    }
}

impl Parser<'_> {
    /// A regular expression after the word that wants it: a string in double
    /// quotes, or between slashes.
    pub(super) fn pattern_after(&mut self, what: &str) -> Parsed<Pattern> {
        if self.spaces() {
            if let Some(template) = self.quoted()? {
                return Ok(Pattern::Text(template));
            }
            if let Some(regex) = self.regex()? {
                return Ok(Pattern::Literal(regex));
            }
        }
        let message = format!("expected a space after {what}, and \"…\" or /…/");
        Err(Problem::new(self.word(), message))
    }

    /// `/…/`, if it comes next. A backslash before a slash is no part of the
    /// expression, whatever stands before that backslash; any other is.
    pub(super) fn regex(&mut self) -> Parsed<Option<Regex>> {
        let start = self.at;
        if !self.eat("/") {
            return Ok(None);
        }
        let mut pattern = String::new();
        loop {
            let rest = self.rest();
            let Some(slash) = rest.find('/') else {
                self.at = start;
                let message = "the regular expression is not closed, expected a second slash";
                return Err(Problem::new(self.rest_of_line(), message));
            };
            let before = rest.get(..slash).unwrap_or_default();
            self.at += slash + 1;
            match before.strip_suffix('\\') {
                Some(text) => {
                    pattern.push_str(text);
                    pattern.push('/');
                }
                None => {
                    pattern.push_str(before);
                    break;
                }
            }
        }
        match self.patterns.get(pattern) {
            Ok(regex) => Ok(Some(regex)),
            Err(reason) => Err(Problem::new(self.span_from(start), reason)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regular_expressions_have_limits_alone_and_together() {
        let mut patterns = Patterns::default();
        assert!(patterns.get("a(b)".to_owned()).is_ok());
        let used = patterns.used;
        assert!(used > 0);
        assert!(patterns.get("a(b)".to_owned()).is_ok());
        assert_eq!(patterns.used, used, "the same one again costs nothing");
        let large = patterns.get("(x{1000}){1000}".to_owned()).unwrap_err();
        assert_eq!(large, "the regular expression is too large");
        patterns.used = ALL_BYTES;
        let many = patterns.get("b".to_owned()).unwrap_err();
        assert!(many.contains("too large together"), "{many}");
    }
}
