//! Predicates: what must hold of a value. The source of what each accepts is
//! the `hurl` command, version 8.

mod form;
mod holds;
#[cfg(test)]
mod tests;
mod words;

use hurl::ast::{Operand, OperandValue, Predicate, PredicateKind};

use crate::{Fault, Scene, Value, body, show, text};

use self::holds::{Verdict, holds};

/// What a predicate finds wrong with a value.
pub(crate) struct Wrong {
    pub(crate) expected: String,
    pub(crate) actual: String,
    pub(crate) remedy: Option<String>,
}

/// Judges a value; None: the query found nothing. Of nothing, no predicate
/// holds, so that each holds with `not`. Types that don't fit are wrong either
/// way.
pub(crate) fn judge(
    predicate: &Predicate,
    value: Option<&Value>,
    scene: Scene<'_>,
) -> Result<Option<Wrong>, Fault> {
    let operand = match operand(&predicate.kind) {
        Some(operand) => Some(evaluated(operand, scene)?),
        None => None,
    };
    let verdict = match value {
        None => Verdict::No,
        Some(value) => holds(&predicate.kind, value, operand.as_ref())
            .map_err(|e| Fault::new(predicate.span, e))?,
    };
    if matches!(
        (verdict, predicate.not),
        (Verdict::Yes, false) | (Verdict::No, true)
    ) {
        return Ok(None);
    }
    let remedy = match (value, verdict) {
        (Some(value), Verdict::Mismatch) => Some(words::mismatch(&predicate.kind, value)),
        (Some(value), Verdict::No) => words::types_differ(&predicate.kind, value, operand.as_ref()),
        _ => None,
    };
    Ok(Some(Wrong {
        expected: expected(predicate, operand.as_ref(), scene),
        actual: match value {
            None => "nothing".to_owned(),
            Some(value) => show::short(value, scene.variables),
        },
        remedy,
    }))
}

/// What must hold, in words, as far as it can be evaluated.
pub(crate) fn described(predicate: &Predicate, scene: Scene<'_>) -> String {
    match operand(&predicate.kind).map(|operand| evaluated(operand, scene)) {
        None => expected(predicate, None, scene),
        Some(Ok(operand)) => expected(predicate, Some(&operand), scene),
        Some(Err(_)) => "a value to compare with".to_owned(),
    }
}

fn expected(predicate: &Predicate, operand: Option<&Value>, scene: Scene<'_>) -> String {
    let words = words::expected(&predicate.kind);
    let not = if predicate.not { "not " } else { "" };
    match operand {
        None => format!("{not}{words}"),
        Some(operand) => format!("{not}{words}{}", show::short(operand, scene.variables)),
    }
}

/// What a predicate compares with, if it does.
pub(crate) fn operand(kind: &PredicateKind) -> Option<&Operand> {
    match kind {
        PredicateKind::Equal(operand)
        | PredicateKind::NotEqual(operand)
        | PredicateKind::Greater(operand)
        | PredicateKind::GreaterOrEqual(operand)
        | PredicateKind::Less(operand)
        | PredicateKind::LessOrEqual(operand)
        | PredicateKind::StartsWith(operand)
        | PredicateKind::EndsWith(operand)
        | PredicateKind::Contains(operand)
        | PredicateKind::Includes(operand)
        | PredicateKind::Matches(operand) => Some(operand),
        PredicateKind::Exists
        | PredicateKind::IsBoolean
        | PredicateKind::IsCollection
        | PredicateKind::IsDate
        | PredicateKind::IsEmpty
        | PredicateKind::IsFloat
        | PredicateKind::IsInteger
        | PredicateKind::IsIpv4
        | PredicateKind::IsIpv6
        | PredicateKind::IsIsoDate
        | PredicateKind::IsList
        | PredicateKind::IsNumber
        | PredicateKind::IsObject
        | PredicateKind::IsString
        | PredicateKind::IsUuid => None,
    }
}

fn evaluated(operand: &Operand, scene: Scene<'_>) -> Result<Value, Fault> {
    let (variables, around) = (scene.variables, scene.around);
    Ok(match &operand.value {
        OperandValue::Null => Value::Null,
        OperandValue::Bool(b) => Value::Bool(*b),
        OperandValue::Number(n) => Value::Number(n.clone()),
        OperandValue::Text(template) => Value::Text(text(template, variables, around)?),
        OperandValue::Multiline(lines) => Value::Text(body::multiline(lines, variables, around)?),
        OperandValue::Placeholder(placeholder) => crate::value(placeholder, variables, around)?,
        OperandValue::Regex(regex) => Value::Regex(regex.clone()),
        OperandValue::Base64(bytes) | OperandValue::Hex(bytes) => Value::Bytes(bytes.clone()),
        OperandValue::File(name) => Value::Bytes(body::file(name, variables, around)?),
    })
}
