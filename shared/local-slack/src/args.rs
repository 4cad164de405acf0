//! The arguments of a call: JSON, a form, or a query.

use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::Refused;

/// The arguments of a call, by their names.
pub(crate) type Args = Map<String, Value>;

/// Reads the arguments of a Web API call.
pub(crate) fn read(content_type: &str, query: &str, body: &[u8]) -> Result<Args, Refused> {
    let mut args = form(query.as_bytes());
    if body.is_empty() {
        return Ok(args);
    }
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/json") {
        match serde_json::from_slice(body) {
            Ok(Value::Object(object)) => args.extend(object),
            Ok(_) => return Err(Refused::new("json_not_object")),
            Err(_) => return Err(Refused::new("invalid_json")),
        }
    } else if kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        args.extend(form(body));
    } else if kind.is_empty() {
        return Err(Refused::new("missing_post_type"));
    } else {
        return Err(Refused::new("invalid_post_type"));
    }
    Ok(args)
}

/// Reads what is posted to a webhook: JSON, or a form with it in `payload`.
pub(crate) fn payload(content_type: &str, body: &[u8]) -> Option<Args> {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    let parsed = if kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        let form = form(body);
        serde_json::from_str(form.get("payload")?.as_str()?)
    } else {
        serde_json::from_slice(body)
    };
    match parsed {
        Ok(Value::Object(object)) => Some(object),
        _ => None,
    }
}

fn form(text: &[u8]) -> Args {
    form_urlencoded::parse(text)
        .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
        .collect()
}

/// A text, as text or as a number.
pub(crate) fn text(args: &Args, name: &str) -> Option<String> {
    match args.get(name)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Whether an argument says yes.
pub(crate) fn flag(args: &Args, name: &str) -> bool {
    match args.get(name) {
        Some(Value::Bool(yes)) => *yes,
        Some(Value::String(text)) => matches!(text.as_str(), "true" | "1"),
        Some(Value::Number(number)) => number.as_i64() == Some(1),
        _ => false,
    }
}

/// An object or a list, as it is or as text in JSON. Err: it is text, and no
/// JSON.
pub(crate) fn structure(args: &Args, name: &str) -> Result<Option<Value>, ()> {
    match args.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        Some(Value::String(text)) => serde_json::from_str(text).map(Some).map_err(|_| ()),
        Some(value) => Ok(Some(value.clone())),
    }
}
