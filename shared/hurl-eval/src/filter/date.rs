//! Dates. A format is what chrono calls strftime:
//! <https://docs.rs/chrono/latest/chrono/format/strftime/index.html>.

use std::fmt::Write;

use chrono::{
    DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc,
    format::{Item, StrftimeItems},
};
use hurl::ast::{Number, Template};

use super::{Call, Filtered};
use crate::{Fault, Value, show};

/// Whether every specifier of a format is known.
pub(crate) fn is_format(format: &str) -> bool {
    !StrftimeItems::new(format).any(|item| matches!(item, Item::Error))
}

fn date(value: &Value, call: &Call<'_>) -> Result<DateTime<Utc>, Fault> {
    match value {
        Value::Date(date) => Ok(*date),
        other => Err(call.refuse(other, "a date; toDate makes one of a string")),
    }
}

pub(super) fn format(value: &Value, format: &Template, call: &Call<'_>) -> Filtered {
    let format = call.render(format)?;
    let date = date(value, call)?;
    let mut text = String::new();
    // What can't be formatted is an error here, and a panic in `to_string`.
    match write!(text, "{}", date.format(&format)) {
        Ok(()) => Ok(Some(Value::Text(text))),
        Err(_) => {
            let format = show::short(&format, call.variables);
            Err(call.fault(format_args!("{format:?} is no date format")))
        }
    }
}

/// A format with a date, a time and an offset, or without an offset (then UTC),
/// or without a time (then midnight).
pub(super) fn to_date(value: Value, format: &Template, call: &Call<'_>) -> Filtered {
    let format = call.render(format)?;
    let text = call.text(value)?;
    let date = if let Ok(date) = DateTime::parse_from_str(&text, &format) {
        date.with_timezone(&Utc)
    } else if let Ok(date) = NaiveDateTime::parse_from_str(&text, &format) {
        date.and_utc()
    } else if let Ok(date) = NaiveDate::parse_from_str(&text, &format) {
        date.and_time(NaiveTime::MIN).and_utc()
    } else {
        let text = show::short(&text, call.variables);
        let format = show::short(&format, call.variables);
        return Err(call.fault(format_args!("{text:?} is no date of the format {format:?}")));
    };
    Ok(Some(Value::Date(date)))
}

pub(super) fn days_after_now(value: &Value, call: &Call<'_>) -> Filtered {
    let date = date(value, call)?;
    Ok(Some(days(date.signed_duration_since(call.around.now))))
}

pub(super) fn days_before_now(value: &Value, call: &Call<'_>) -> Filtered {
    let date = date(value, call)?;
    Ok(Some(days(call.around.now.signed_duration_since(date))))
}

fn days(between: TimeDelta) -> Value {
    Value::Number(Number::Integer(between.num_days()))
}
