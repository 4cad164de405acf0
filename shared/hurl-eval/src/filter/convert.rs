//! toInt, toFloat, toString.

use hurl::ast::Number;

use super::{Call, Filtered};
use crate::{Value, number, show};

pub(super) fn to_int(value: &Value, call: &Call<'_>) -> Filtered {
    let n = match value {
        Value::Number(Number::Integer(n)) => *n,
        Value::Number(Number::Float(f)) => truncated(*f),
        Value::Text(text) => match text.parse() {
            Ok(n) => n,
            Err(_) => {
                let actual = show::short(value, call.variables);
                return Err(call.fault(format_args!("{actual} is no integer")));
            }
        },
        other => return Err(call.refuse(other, "a string or a number of 64 bits")),
    };
    Ok(Some(Value::Number(Number::Integer(n))))
}

/// Towards zero, and to the nearest end where an integer ends.
#[expect(clippy::cast_possible_truncation, reason = "that is what is asked for")]
fn truncated(f: f64) -> i64 {
    f as i64
}

pub(super) fn to_float(value: &Value, call: &Call<'_>) -> Filtered {
    let f = match value {
        Value::Number(Number::Float(f)) => *f,
        Value::Number(Number::Integer(n)) => number::whole(*n),
        Value::Text(text) => match text.parse() {
            Ok(f) => f,
            Err(_) => {
                let actual = show::short(value, call.variables);
                return Err(call.fault(format_args!("{actual} is no number")));
            }
        },
        other => return Err(call.refuse(other, "a string or a number of 64 bits")),
    };
    Ok(Some(Value::Number(Number::Float(f))))
}

pub(super) fn to_string(value: &Value, call: &Call<'_>) -> Filtered {
    match value.text() {
        Some(text) => Ok(Some(Value::Text(text))),
        None => Err(call.refuse(value, "a string, number, boolean, date or null")),
    }
}
