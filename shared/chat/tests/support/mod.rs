//! What several tests share.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test uses its part; helpers of tests fail as tests do"
)]

pub(crate) mod hostile;
pub(crate) mod limits;
pub(crate) mod stories;

use serde_json::Value;

/// All texts of a body.
pub(crate) fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(fields) => fields.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// What no reader may get: control characters, and what turns the direction of
/// writing.
pub(crate) fn is_unseen(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
