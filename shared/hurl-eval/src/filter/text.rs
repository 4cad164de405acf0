//! replace, replaceRegex, urlQueryParam.

use hurl::ast::{Pattern, Template};

use super::{Call, Filtered};
use crate::{Fault, Value, pattern, show};

/// The longest text that a replacement may make, in bytes: each of a long
/// text's characters can become a long text.
const MAX_BYTES: usize = 64 * 1024 * 1024;

pub(super) fn replace(
    value: Value,
    (old, new): (&Template, &Template),
    call: &Call<'_>,
) -> Filtered {
    let text = call.text(value)?;
    let (old, new) = (call.render(old)?, call.render(new)?);
    let times = text.matches(old.as_str()).count();
    bound(text.len(), times, new.len(), call)?;
    Ok(Some(Value::Text(text.replace(&old, &new))))
}

pub(super) fn replace_regex(
    value: Value,
    (pattern, new): (&Pattern, &Template),
    call: &Call<'_>,
) -> Filtered {
    let text = call.text(value)?;
    let regex = pattern::regex(pattern, call.variables, call.around)?;
    let new = call.render(new)?;
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    for captures in regex.captures_iter(&text) {
        let Some(all) = captures.get(0) else { continue };
        out.push_str(text.get(copied..all.start()).unwrap_or_default());
        captures.expand(&new, &mut out);
        copied = all.end();
        bound(out.len(), 0, 0, call)?;
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    Ok(Some(Value::Text(out)))
}

fn bound(size: usize, times: usize, each: usize, call: &Call<'_>) -> Result<(), Fault> {
    match size.saturating_add(times.saturating_mul(each)) {
        0..=MAX_BYTES => Ok(()),
        _ => Err(call.fault("the result is longer than 64 MiB")),
    }
}

/// The first parameter of a name in an absolute URL's query, decoded.
pub(super) fn url_query_param(value: Value, name: &Template, call: &Call<'_>) -> Filtered {
    let name = call.render(name)?;
    let text = call.text(value)?;
    let refuse = |why: &dyn std::fmt::Display| {
        let actual = show::short(&text, call.variables);
        call.fault(format_args!("{actual} is no URL: {why}"))
    };
    if !text.starts_with("http://") && !text.starts_with("https://") {
        return Err(refuse(&"it must begin with http:// or https://"));
    }
    let url = url::Url::parse(&text).map_err(|e| refuse(&e))?;
    let mut pairs = url.query_pairs();
    let found = pairs.find(|(key, _)| *key == name);
    Ok(found.map(|(_, value)| Value::Text(value.into_owned())))
}
