//! What a predicate wants, in words.

use hurl::ast::PredicateKind;

use crate::Value;

/// What must be; what it is compared with comes behind it.
pub(super) fn expected(kind: &PredicateKind) -> &'static str {
    match kind {
        PredicateKind::Equal(_) => "",
        PredicateKind::NotEqual(_) => "other than ",
        PredicateKind::Greater(_) => "greater than ",
        PredicateKind::GreaterOrEqual(_) => "greater than or equal to ",
        PredicateKind::Less(_) => "less than ",
        PredicateKind::LessOrEqual(_) => "less than or equal to ",
        PredicateKind::StartsWith(_) => "starting with ",
        PredicateKind::EndsWith(_) => "ending with ",
        PredicateKind::Contains(_) => "containing ",
        PredicateKind::Includes(_) => "including ",
        PredicateKind::Matches(_) => "matching ",
        PredicateKind::Exists => "something",
        PredicateKind::IsBoolean => "a boolean",
        PredicateKind::IsCollection => "a list, an object, nodes or bytes",
        PredicateKind::IsDate => "a date",
        PredicateKind::IsEmpty => "empty",
        PredicateKind::IsFloat => "a float",
        PredicateKind::IsInteger => "an integer",
        PredicateKind::IsIpv4 => "an IPv4 address",
        PredicateKind::IsIpv6 => "an IPv6 address",
        PredicateKind::IsIsoDate => "a date as 2024-01-31T12:00:00Z (RFC 3339)",
        PredicateKind::IsList => "a list or bytes",
        PredicateKind::IsNumber => "a number",
        PredicateKind::IsObject => "an object or nodes",
        PredicateKind::IsString => "a string",
        PredicateKind::IsUuid => "a UUID",
    }
}

/// Why types don't fit each other, and which would.
pub(super) fn mismatch(kind: &PredicateKind, value: &Value) -> String {
    let wanted = match kind {
        PredicateKind::Greater(_)
        | PredicateKind::GreaterOrEqual(_)
        | PredicateKind::Less(_)
        | PredicateKind::LessOrEqual(_) => "two numbers, two strings or two dates",
        PredicateKind::StartsWith(_) | PredicateKind::EndsWith(_) => {
            "two strings, or bytes and bytes"
        }
        PredicateKind::Contains(_) => "a list, two strings, or bytes and bytes",
        PredicateKind::Includes(_) => "a list",
        PredicateKind::IsEmpty => "a string, a list, an object, nodes or bytes",
        _ => "a string",
    };
    let actual = value.kind();
    format!("the types don't fit: the value's is {actual}, and the predicate works on {wanted}")
}

/// Values of two types are never equal, which is easily overlooked.
pub(super) fn types_differ(
    kind: &PredicateKind,
    value: &Value,
    operand: Option<&Value>,
) -> Option<String> {
    let PredicateKind::Equal(_) = kind else {
        return None;
    };
    let (actual, expected) = (value.kind(), operand?.kind());
    let numbers = |kind| matches!(kind, "integer" | "float");
    let differ = actual != expected && !(numbers(actual) && numbers(expected));
    differ.then(|| format!("the types differ: {actual} and {expected} are never equal"))
}
