//! Regular expressions that are given as text.

use hurl::ast::Pattern;
use regex::{Regex, RegexBuilder};

use crate::{Around, Fault, Value, Variables, text};

/// The largest compiled expression, in bytes: what the `hurl` command allows.
const MAX_BYTES: usize = 10 * 1024 * 1024;

/// A regular expression of a text, or why it is none, in one line.
pub(crate) fn compile(text: &str) -> Result<Regex, String> {
    let compiled = RegexBuilder::new(text).size_limit(MAX_BYTES).build();
    compiled.map_err(|e| {
        // The error draws the expression over several lines, the reason last.
        let e = e.to_string();
        let reason = e.lines().last().unwrap_or_default().trim();
        let reason = reason.strip_prefix("error: ").unwrap_or(reason);
        format!("not a regular expression: {reason}")
    })
}

/// The regular expression of a pattern.
pub(crate) fn regex(
    pattern: &Pattern,
    variables: &Variables,
    around: &Around<'_>,
) -> Result<Regex, Fault> {
    match pattern {
        Pattern::Literal(regex) => Ok(regex.0.clone()),
        Pattern::Text(template) => {
            let rendered = text::text(template, variables, around)?;
            compile(&rendered).map_err(|e| Fault::new(template.span, e))
        }
    }
}

/// What the first group matches; None: no match, or no such group in it.
pub(crate) fn first_group(regex: &Regex, text: &str) -> Option<Value> {
    let group = regex.captures(text)?.get(1)?;
    Some(Value::Text(group.as_str().to_owned()))
}
