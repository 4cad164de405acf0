use std::cmp::Ordering;

use hurl::ast::{Number, PredicateKind};

use super::form;
use crate::{Value, pattern, value::Order};

/// Whether something holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Yes,
    No,
    /// The question can't be asked of values of these types.
    Mismatch,
}

impl From<bool> for Verdict {
    fn from(yes: bool) -> Self {
        if yes { Verdict::Yes } else { Verdict::No }
    }
}

/// Whether a predicate holds of a value, without its `not`.
///
/// # Errors
/// What it compares with can't be used for that, in one line.
pub(super) fn holds(
    kind: &PredicateKind,
    value: &Value,
    operand: Option<&Value>,
) -> Result<Verdict, String> {
    // Every predicate with an operand is given one.
    let operand = operand.unwrap_or(&Value::Null);
    let order = |holds: fn(Ordering) -> bool| match value.order(operand) {
        Order::Known(order) => Verdict::from(holds(order)),
        Order::None => Verdict::No,
        Order::Mismatch => Verdict::Mismatch,
    };
    Ok(match kind {
        PredicateKind::Equal(_) => Verdict::from(value == operand),
        PredicateKind::NotEqual(_) => Verdict::from(value != operand),
        PredicateKind::Greater(_) => order(Ordering::is_gt),
        PredicateKind::GreaterOrEqual(_) => order(Ordering::is_ge),
        PredicateKind::Less(_) => order(Ordering::is_lt),
        PredicateKind::LessOrEqual(_) => order(Ordering::is_le),
        PredicateKind::StartsWith(_) => match (value, operand) {
            (Value::Text(a), Value::Text(b)) => Verdict::from(a.starts_with(b.as_str())),
            (Value::Bytes(a), Value::Bytes(b)) => Verdict::from(a.starts_with(b)),
            _ => Verdict::Mismatch,
        },
        PredicateKind::EndsWith(_) => match (value, operand) {
            (Value::Text(a), Value::Text(b)) => Verdict::from(a.ends_with(b.as_str())),
            (Value::Bytes(a), Value::Bytes(b)) => Verdict::from(a.ends_with(b)),
            _ => Verdict::Mismatch,
        },
        PredicateKind::Contains(_) => match (value, operand) {
            (Value::Text(a), Value::Text(b)) => Verdict::from(a.contains(b.as_str())),
            (Value::Bytes(a), Value::Bytes(b)) => Verdict::from(contains(a, b)?),
            (Value::List(values), _) => Verdict::from(values.contains(operand)),
            _ => Verdict::Mismatch,
        },
        PredicateKind::Includes(_) => match value {
            Value::List(values) => Verdict::from(values.contains(operand)),
            _ => Verdict::Mismatch,
        },
        PredicateKind::Matches(_) => matches(value, operand)?,
        PredicateKind::Exists => Verdict::from(!matches!(value, Value::Nodes(0))),
        PredicateKind::IsEmpty => size(value).map_or(Verdict::Mismatch, |n| (n == 0).into()),
        PredicateKind::IsIpv4 => of_text(value, form::is_ipv4),
        PredicateKind::IsIpv6 => of_text(value, form::is_ipv6),
        PredicateKind::IsIsoDate => of_text(value, form::is_iso_date),
        PredicateKind::IsUuid => of_text(value, form::is_uuid),
        kind => Verdict::from(is_of_type(kind, value)),
    })
}

/// The predicates that ask for a type.
fn is_of_type(kind: &PredicateKind, value: &Value) -> bool {
    match kind {
        PredicateKind::IsBoolean => matches!(value, Value::Bool(_)),
        PredicateKind::IsDate => matches!(value, Value::Date(_)),
        PredicateKind::IsFloat => matches!(value, Value::Number(Number::Float(_))),
        PredicateKind::IsInteger => {
            matches!(value, Value::Number(Number::Integer(_) | Number::Big(_)))
        }
        PredicateKind::IsNumber => matches!(value, Value::Number(_)),
        PredicateKind::IsString => matches!(value, Value::Text(_)),
        PredicateKind::IsList => matches!(value, Value::Bytes(_) | Value::List(_)),
        PredicateKind::IsObject => matches!(value, Value::Nodes(_) | Value::Object(_)),
        PredicateKind::IsCollection => matches!(
            value,
            Value::Bytes(_) | Value::List(_) | Value::Nodes(_) | Value::Object(_)
        ),
        _ => false,
    }
}

fn of_text(value: &Value, holds: fn(&str) -> bool) -> Verdict {
    match value {
        Value::Text(text) => Verdict::from(holds(text)),
        _ => Verdict::Mismatch,
    }
}

/// How much is in a value, where that can be asked.
fn size(value: &Value) -> Option<usize> {
    match value {
        Value::List(values) => Some(values.len()),
        Value::Text(text) => Some(text.len()),
        Value::Nodes(n) => Some(*n),
        Value::Object(members) => Some(members.len()),
        Value::Bytes(bytes) => Some(bytes.len()),
        _ => None,
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> Result<bool, String> {
    let Some((first, _)) = part.split_first() else {
        // `hurl` breaks down there; a check that can't fail is none.
        return Err("no bytes are in all bytes; compare with some".to_owned());
    };
    let starts = bytes.iter().enumerate().filter(|(_, b)| *b == first);
    let mut rests = starts.filter_map(|(at, _)| bytes.get(at..));
    Ok(rests.any(|rest| rest.starts_with(part)))
}

fn matches(value: &Value, operand: &Value) -> Result<Verdict, String> {
    let compiled;
    let regex = match operand {
        Value::Regex(regex) => &regex.0,
        Value::Text(text) => {
            compiled = pattern::compile(text)?;
            &compiled
        }
        _ => return Ok(Verdict::Mismatch),
    };
    Ok(match value {
        Value::Text(text) => Verdict::from(regex.is_match(text)),
        _ => Verdict::Mismatch,
    })
}
