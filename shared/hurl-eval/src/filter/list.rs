//! count, first, last, nth, split.

use hurl::ast::{Number, Setting, Template};

use super::{Call, Filtered};
use crate::{Fault, Value, show};

pub(super) fn count(value: &Value, call: &Call<'_>) -> Filtered {
    let n = match value {
        Value::List(values) => values.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::Nodes(n) => *n,
        other => return Err(call.refuse(other, "a list, bytes or nodes")),
    };
    let n = i64::try_from(n).unwrap_or(i64::MAX);
    Ok(Some(Value::Number(Number::Integer(n))))
}

fn elements(value: Value, call: &Call<'_>) -> Result<Vec<Value>, Fault> {
    match value {
        Value::List(values) => Ok(values),
        other => Err(call.refuse(&other, "a list")),
    }
}

pub(super) fn first(value: Value, call: &Call<'_>) -> Filtered {
    let first = elements(value, call)?.into_iter().next();
    Ok(Some(first.ok_or_else(|| call.fault("the list is empty"))?))
}

pub(super) fn last(value: Value, call: &Call<'_>) -> Filtered {
    let last = elements(value, call)?.pop();
    Ok(Some(last.ok_or_else(|| call.fault("the list is empty"))?))
}

/// From 0, or from the end with a negative number.
pub(super) fn nth(value: Value, n: &Setting<i64>, call: &Call<'_>) -> Filtered {
    let n = match n {
        Setting::Literal(n) => *n,
        Setting::Placeholder(placeholder) => {
            match crate::value(placeholder, call.variables, call.around)? {
                Value::Number(Number::Integer(n)) => n,
                other => {
                    let actual = show::short(&other, call.variables);
                    let what = format!("nth: its number is {actual}");
                    return Err(
                        Fault::new(placeholder.span, what).with_remedy("it must be an integer")
                    );
                }
            }
        }
    };
    let mut elements = elements(value, call)?;
    let size = elements.len();
    let from_end = usize::try_from(n.unsigned_abs()).ok();
    let at = match n {
        0.. => usize::try_from(n).ok().filter(|at| *at < size),
        _ => from_end.and_then(|back| size.checked_sub(back)),
    };
    match at {
        Some(at) => Ok(Some(elements.swap_remove(at))),
        None => Err(call.fault(format_args!("there is no element {n} in a list of {size}"))),
    }
}

pub(super) fn split(value: Value, separator: &Template, call: &Call<'_>) -> Filtered {
    let text = call.text(value)?;
    let separator = call.render(separator)?;
    let parts = text.split(separator.as_str());
    Ok(Some(Value::List(
        parts.map(|part| Value::Text(part.to_owned())).collect(),
    )))
}
