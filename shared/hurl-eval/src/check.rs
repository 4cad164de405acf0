//! What can't work whatever the answer is.

use hurl::{
    Problem,
    ast::{
        Count, Entry, File, FilterKind, OperandValue, OptionKind, Pattern, Predicate,
        PredicateKind, QueryKind, Setting, Template,
    },
};
use select::{decode, json::Path, xpath::Expression};

use crate::{filter, pattern};

/// What can't work whatever the answer is: a JSONPath, XPath or regular
/// expression without placeholders that is none, a charset or a date format
/// that nobody knows. All of them, in order. An entry that need not run is not
/// looked at.
pub fn check(file: &File) -> Vec<Problem> {
    let mut problems = Vec::new();
    for entry in file.entries.iter().filter(|entry| runs(entry)) {
        let Some(response) = &entry.response else {
            continue;
        };
        for capture in &response.captures {
            query(&capture.query.value, &mut problems);
            for filter in &capture.filters {
                check_filter(&filter.value, &mut problems);
            }
        }
        for assert in &response.asserts {
            query(&assert.query.value, &mut problems);
            for filter in &assert.filters {
                check_filter(&filter.value, &mut problems);
            }
            predicate(&assert.predicate, &mut problems);
        }
    }
    problems.sort_by_key(|problem| problem.span);
    problems
}

/// Whether an entry runs for certain, if the ones before it pass.
fn runs(entry: &Entry) -> bool {
    entry.request.options.iter().all(|option| {
        !matches!(
            option.value,
            OptionKind::Skip(Setting::Literal(true) | Setting::Placeholder(_))
                | OptionKind::Repeat(Setting::Literal(Count::Finite(0)) | Setting::Placeholder(_))
        )
    })
}

fn query(query: &QueryKind, problems: &mut Vec<Problem>) {
    match query {
        QueryKind::JsonPath(path) => literal(path, json_path, problems),
        QueryKind::XPath(expression) => literal(expression, xpath, problems),
        QueryKind::Regex(Pattern::Text(text)) => literal(text, regex, problems),
        _ => {}
    }
}

fn check_filter(filter: &FilterKind, problems: &mut Vec<Problem>) {
    match filter {
        FilterKind::JsonPath(path) => literal(path, json_path, problems),
        FilterKind::XPath(expression) => literal(expression, xpath, problems),
        FilterKind::Regex(Pattern::Text(text))
        | FilterKind::ReplaceRegex {
            pattern: Pattern::Text(text),
            ..
        } => literal(text, regex, problems),
        FilterKind::CharsetDecode(charset) | FilterKind::Decode(charset) => {
            literal(charset, |c| decode::charset(b"", c).map(drop), problems);
        }
        FilterKind::DateFormat(format)
        | FilterKind::Format(format)
        | FilterKind::ToDate(format) => {
            literal(format, date_format, problems);
        }
        _ => {}
    }
}

/// With `not`, an expression that is none is never looked at where the query
/// finds nothing, and the check passes.
fn predicate(predicate: &Predicate, problems: &mut Vec<Problem>) {
    if let PredicateKind::Matches(operand) = &predicate.kind
        && let OperandValue::Text(text) = &operand.value
        && !predicate.not
    {
        literal(text, regex, problems);
    }
}

/// Looks at a template without placeholders.
fn literal(
    template: &Template,
    look: impl Fn(&str) -> Result<(), String>,
    problems: &mut Vec<Problem>,
) {
    if let Some(text) = template.literal()
        && let Err(message) = look(text)
    {
        problems.push(Problem::new(template.span, message));
    }
}

fn json_path(text: &str) -> Result<(), String> {
    match Path::parse(text) {
        Ok(_) => Ok(()),
        Err(bad) => Err(format!(
            "not a JSONPath: {} at character {}",
            bad.message,
            bad.at + 1
        )),
    }
}

fn xpath(text: &str) -> Result<(), String> {
    Expression::parse(text)
        .map(drop)
        .map_err(|e| format!("not an XPath that is known: {e}"))
}

fn regex(text: &str) -> Result<(), String> {
    pattern::compile(text).map(drop)
}

fn date_format(text: &str) -> Result<(), String> {
    match filter::is_format(text) {
        true => Ok(()),
        false => Err("not a date format: it has a specifier that is unknown".to_owned()),
    }
}

#[cfg(test)]
mod tests;
