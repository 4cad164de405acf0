//! Log lines: one JSON object a line on standard output, which Lambda hands
//! to CloudWatch Logs as it stands.

use std::io::Write;

use serde::Serialize;
use serde_json::{Map, Value};

/// How much a line matters, in the words of Lambda's own JSON logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The normal course.
    Info,
    /// Something was mended or tried again.
    Warn,
    /// Somebody has to look.
    Error,
}

/// Writes one line. `members` must serialize to an object; its members follow
/// the level and the message. A line that can't be written is lost: logging
/// never stops a gate.
pub fn line(level: Level, message: &str, members: &impl Serialize) {
    let text = render(level, message, members);
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

fn render(level: Level, message: &str, members: &impl Serialize) -> String {
    let mut object = Map::new();
    let level = match level {
        Level::Info => "INFO",
        Level::Warn => "WARN",
        Level::Error => "ERROR",
    };
    object.insert("level".into(), level.into());
    object.insert("message".into(), message.into());
    match serde_json::to_value(members) {
        Ok(Value::Object(more)) => object.extend(more),
        Ok(Value::Null) => {}
        Ok(other) => {
            object.insert("value".into(), other);
        }
        Err(error) => {
            object.insert("unserializable".into(), error.to_string().into());
        }
    }
    let mut text = Value::Object(object).to_string();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_is_one_json_object() {
        let line = render(Level::Warn, "a\nb", &json!({"n": 1, "text": "x\ny"}));
        assert_eq!(line.matches('\n').count(), 1);
        let value: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(
            value,
            json!({"level": "WARN", "message": "a\nb", "n": 1, "text": "x\ny"})
        );
    }
}
