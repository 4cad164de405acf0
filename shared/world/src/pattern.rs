//! Event patterns: which events a rule is about.
//! <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html>

use serde::Serialize;
use serde_json::{Map, Value};

use crate::Refusal;

/// An event pattern, of the part of the language that rules for pipeline
/// messages need: values, `prefix`, `suffix`, `wildcard`, `anything-but` and
/// `exists`, in members however deep. Anything else is refused, so that no rule means
/// something else here than on AWS.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Pattern {
    /// As it was written.
    text: Value,
    #[serde(skip)]
    fields: Vec<(String, Field)>,
}

#[derive(Debug, Clone, PartialEq)]
enum Field {
    /// Members of a member.
    Inner(Vec<(String, Field)>),
    /// One of these must fit.
    Leaf(Vec<Matcher>),
}

#[derive(Debug, Clone, PartialEq)]
enum Matcher {
    Is(Value),
    Prefix(String),
    Suffix(String),
    Wildcard(Vec<Glob>),
    /// None of these fits.
    AnythingBut(Vec<Matcher>),
    Exists(bool),
}

/// A part of a text with wildcards.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Glob {
    Any,
    One(char),
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// `InvalidEventPatternException` for what AWS refuses, and for what this
    /// model doesn't know.
    pub fn parse(text: &Value) -> Result<Pattern, Refusal> {
        let fields = match text {
            Value::Object(members) => inner(members)?,
            _ => return Err(invalid("Filter is not an object")),
        };
        Ok(Pattern {
            text: text.clone(),
            fields,
        })
    }

    /// Whether an event fits: all members, each by one of its values.
    pub fn matches(&self, event: &Value) -> bool {
        all(&self.fields, event)
    }
}

fn inner(members: &Map<String, Value>) -> Result<Vec<(String, Field)>, Refusal> {
    if members.is_empty() {
        return Err(invalid("Empty objects are not allowed"));
    }
    let field = |(name, value): (&String, &Value)| {
        if name.starts_with('$') {
            return Err(invalid(&format!("the local AWS does not know {name}")));
        }
        let field = match value {
            Value::Object(members) => Field::Inner(inner(members)?),
            Value::Array(list) if list.is_empty() => {
                return Err(invalid("Empty arrays are not allowed"));
            }
            Value::Array(list) => Field::Leaf(list.iter().map(matcher).collect::<Result<_, _>>()?),
            _ => {
                return Err(invalid(&format!(
                    "\"{name}\" must be an object or an array"
                )));
            }
        };
        Ok((name.clone(), field))
    };
    members.iter().map(field).collect()
}

fn matcher(value: &Value) -> Result<Matcher, Refusal> {
    let members = match value {
        Value::Object(members) => members,
        Value::Array(_) => {
            return Err(invalid(
                "Match value must be String, number, true, false, or null",
            ));
        }
        plain => return Ok(Matcher::Is(plain.clone())),
    };
    let mut entries = members.iter();
    let (Some((kind, value)), None) = (entries.next(), entries.next()) else {
        return Err(invalid("Only one key allowed in match expression"));
    };
    match (kind.as_str(), value) {
        ("prefix", Value::String(text)) => Ok(Matcher::Prefix(text.clone())),
        ("suffix", Value::String(text)) => Ok(Matcher::Suffix(text.clone())),
        ("wildcard", Value::String(text)) => globs(text).map(Matcher::Wildcard),
        ("exists", Value::Bool(exists)) => Ok(Matcher::Exists(*exists)),
        ("anything-but", Value::Array(list)) if list.is_empty() => {
            Err(invalid("Empty arrays are not allowed"))
        }
        ("anything-but", Value::Array(list)) => {
            let plain = |value: &Value| match value {
                Value::String(_) | Value::Number(_) => Ok(Matcher::Is(value.clone())),
                _ => Err(invalid(
                    "Inside anything but list, start|null|boolean is not supported.",
                )),
            };
            let list = list.iter().map(plain).collect::<Result<_, _>>()?;
            Ok(Matcher::AnythingBut(list))
        }
        ("anything-but", value) => match matcher(value)? {
            Matcher::AnythingBut(_) | Matcher::Exists(_) => Err(invalid(
                "Value of anything-but must be an array or single string/number value.",
            )),
            one => Ok(Matcher::AnythingBut(vec![one])),
        },
        _ => Err(invalid(&format!("Unrecognized match type {kind}"))),
    }
}

/// `*` stands for any characters, `\\*` and `\\\\` for themselves.
fn globs(text: &str) -> Result<Vec<Glob>, Refusal> {
    let mut globs = Vec::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let glob = match c {
            '*' if globs.last() == Some(&Glob::Any) => {
                return Err(invalid("Consecutive wildcard characters"));
            }
            '*' => Glob::Any,
            '\\' => match chars.next() {
                Some(c @ ('*' | '\\')) => Glob::One(c),
                _ => return Err(invalid("Invalid escape character")),
            },
            c => Glob::One(c),
        };
        globs.push(glob);
    }
    Ok(globs)
}

/// Goes back to the last `*` only, and so takes no more than the product of
/// the two lengths.
fn like(globs: &[Glob], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut of, mut back) = (0, 0, None);
    while at < text.len() {
        match globs.get(of) {
            Some(Glob::Any) => {
                back = Some((at, of));
                of += 1;
            }
            Some(Glob::One(c)) if text.get(at) == Some(c) => {
                at += 1;
                of += 1;
            }
            _ => match &mut back {
                Some((from, any)) => {
                    *from += 1;
                    (at, of) = (*from, *any + 1);
                }
                None => return false,
            },
        }
    }
    globs
        .get(of..)
        .is_some_and(|rest| rest.iter().all(|g| *g == Glob::Any))
}

fn all(fields: &[(String, Field)], event: &Value) -> bool {
    fields.iter().all(|(name, field)| {
        let value = event.get(name);
        match field {
            Field::Inner(fields) => match value {
                Some(Value::Array(list)) => list.iter().any(|item| all(fields, item)),
                Some(value) => all(fields, value),
                None => all(fields, &Value::Null),
            },
            Field::Leaf(matchers) => matchers.iter().any(|matcher| fits(matcher, value)),
        }
    })
}

/// A list fits when one of its items does.
fn fits(matcher: &Matcher, value: Option<&Value>) -> bool {
    match (matcher, value) {
        // An object is no leaf, and so is not there.
        (Matcher::Exists(wanted), value) => {
            *wanted == value.is_some_and(|value| !value.is_object())
        }
        (_, None) => false,
        (matcher, Some(Value::Array(list))) => list.iter().any(|item| fits(matcher, Some(item))),
        (Matcher::Is(wanted), Some(value)) => equal(wanted, value),
        (Matcher::Prefix(wanted), Some(value)) => {
            value.as_str().is_some_and(|text| text.starts_with(wanted))
        }
        (Matcher::Suffix(wanted), Some(value)) => {
            value.as_str().is_some_and(|text| text.ends_with(wanted))
        }
        (Matcher::Wildcard(globs), Some(value)) => {
            value.as_str().is_some_and(|text| like(globs, text))
        }
        (Matcher::AnythingBut(others), Some(value)) => {
            !value.is_object() && !others.iter().any(|other| fits(other, Some(value)))
        }
    }
}

/// `4` and `4.0` are the same number.
fn equal(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a == b,
        _ => a == b,
    }
}

fn invalid(why: &str) -> Refusal {
    let message = format!("Event pattern is not valid. Reason: {why}");
    Refusal::new("InvalidEventPatternException", message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn patterns_fit_or_do_not() {
        let event = json!({
            "source": "aws.codepipeline",
            "resources": ["arn:a", "arn:b"],
            "detail": {"state": "FAILED", "version": 4.0, "type": {"owner": "AWS"}, "none": null},
        });
        for (pattern, expected) in [
            (
                json!({"source": ["aws.codebuild", "aws.codepipeline"]}),
                true,
            ),
            (json!({"source": ["aws.codebuild"]}), false),
            (json!({"source": [{"prefix": "aws."}]}), true),
            (json!({"source": [{"suffix": "build"}]}), false),
            (
                json!({"source": [{"anything-but": "aws.codepipeline"}]}),
                false,
            ),
            (json!({"source": [{"anything-but": ["a", "b"]}]}), true),
            (
                json!({"source": [{"anything-but": {"prefix": "aws."}}]}),
                false,
            ),
            (json!({"missing": [{"anything-but": ["a"]}]}), false),
            (json!({"missing": [{"exists": false}]}), true),
            (
                json!({"source": [{"exists": false}, "aws.codepipeline"]}),
                true,
            ),
            (json!({"detail": [{"exists": true}]}), false),
            (
                json!({"detail": {"state": ["FAILED"], "version": [4]}}),
                true,
            ),
            (
                json!({"detail": {"state": ["FAILED"], "version": [5]}}),
                false,
            ),
            (json!({"detail": {"type": {"owner": ["AWS"]}}}), true),
            (
                json!({"detail": {"type": {"provider": [{"exists": false}]}}}),
                true,
            ),
            (
                json!({"other": {"type": {"provider": [{"exists": false}]}}}),
                true,
            ),
            (json!({"detail": {"none": [null]}}), true),
            (json!({"resources": ["arn:b"]}), true),
            (json!({"resources": [{"prefix": "arn:c"}]}), false),
        ] {
            let parsed = Pattern::parse(&pattern).unwrap();
            assert_eq!(parsed.matches(&event), expected, "{pattern}");
        }
    }

    #[test]
    fn wildcards_stand_for_any_characters() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("*", "shop", true),
            ("", "", true),
            ("shop", "shop", true),
            ("shop", "shops", false),
            ("shop-*", "shop-", true),
            ("*-prod", "shop-prod", true),
            ("*-prod", "shop-prod-2", false),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXcYb", false),
            ("*aab", "aaaab", true),
            (r"\*", "*", true),
            (r"\*", "x", false),
            (r"a\\*", r"a\b", true),
        ] {
            let parsed = Pattern::parse(&json!({"a": [{"wildcard": pattern}]})).unwrap();
            let event = json!({"a": text});
            assert_eq!(parsed.matches(&event), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for pattern in [
            json!([]),
            json!({}),
            json!({"source": "aws.ecs"}),
            json!({"source": []}),
            json!({"source": [["aws.ecs"]]}),
            json!({"source": [{"numeric": ["=", 1]}]}),
            json!({"source": [{"prefix": "a", "suffix": "b"}]}),
            json!({"source": [{"prefix": 1}]}),
            json!({"source": [{"wildcard": "a**"}]}),
            json!({"source": [{"wildcard": r"\a"}]}),
            json!({"source": [{"anything-but": {"anything-but": "a"}}]}),
            json!({"$or": [{"source": ["a"]}, {"source": ["b"]}]}),
        ] {
            let refusal = Pattern::parse(&pattern).unwrap_err();
            assert_eq!(refusal.code, "InvalidEventPatternException", "{pattern}");
        }
    }
}
