//! Events, as somebody has them in a file.

use events::Event;
use serde_json::{Value, json};

use crate::input::{InputError, Source};

/// So deep is a message in a message: an event, in SNS, in SQS.
const DEEPEST: usize = 3;

/// Reads the events of a text: one, or a list of them.
///
/// # Errors
/// When it is no JSON, or something in it is no event; with the place.
pub(super) fn events(source: &Source) -> Result<Vec<Event>, InputError> {
    let Source { name, text } = source;
    let text = text.trim_start_matches('\u{feff}');
    let value: Value = serde_json::from_str(text).map_err(|error| {
        let why = error.to_string();
        let why = why.split(" at line ").next().unwrap_or(&why);
        // The end of nothing is in line 0.
        let (line, column) = (error.line().max(1), error.column().max(1));
        InputError::new(format!("{name}:{line}:{column}: this is no JSON: {why}"))
    })?;
    let items = match value {
        Value::Array(items) => items.into_iter().zip(starts(text)).collect(),
        event => vec![(event, text.len() - text.trim_start().len())],
    };
    if items.is_empty() {
        let why = format!("{name}:1:1: there are no events in it");
        return Err(InputError::new(why));
    }
    let mut events = Vec::new();
    for (item, start) in items {
        let read = unpacked(item, DEEPEST).map_err(|why| {
            let (line, column) = place(text, start);
            InputError::new(format!("{name}:{line}:{column}: {why}"))
        })?;
        events.extend(read);
    }
    Ok(events)
}

/// The events of what a function can be called with.
fn unpacked(value: Value, left: usize) -> Result<Vec<Event>, String> {
    let bodies = value.get("Records").and_then(Value::as_array);
    let bodies = bodies.and_then(|records| {
        let body = |record: &Value| record.get("body")?.as_str().map(str::to_owned);
        records.iter().map(body).collect::<Option<Vec<String>>>()
    });
    if let (Some(bodies), Some(left)) = (bodies.filter(|b| !b.is_empty()), left.checked_sub(1)) {
        let mut events = Vec::new();
        for (n, body) in bodies.iter().enumerate() {
            let wrong = |why: String| format!("the body of record {}: {why}", n + 1);
            let inner = serde_json::from_str(body)
                .map_err(|error| wrong(format!("this is no JSON: {error}")))?;
            events.extend(unpacked(inner, left).map_err(wrong)?);
        }
        return Ok(events);
    }
    // What SNS hands to anything but a function has the same fields.
    let value = match value.get("Type").and_then(Value::as_str) {
        Some("Notification") => json!({ "Records": [{ "Sns": value }] }),
        _ => value,
    };
    events::read(&value).map_err(|error| error.to_string())
}

/// Where the items of a list begin, in a text that is a list.
fn starts(text: &str) -> Vec<usize> {
    let (mut depth, mut in_string, mut escaped, mut begins) = (0_usize, false, false, false);
    let mut starts = Vec::new();
    for (at, byte) in text.bytes().enumerate() {
        if byte.is_ascii_whitespace() {
            continue;
        }
        if begins && byte != b']' {
            starts.push(at);
        }
        begins = false;
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => {
                begins = depth == 0;
                depth += 1;
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' => begins = depth == 1,
            _ => {}
        }
    }
    starts
}

/// Line and column of a byte, from 1.
fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let last = before.rsplit('\n').next().unwrap_or_default();
    (line, last.chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source::own("events.json", text)
    }

    fn tool(id: &str) -> Value {
        json!({"id": id, "source": "ci", "detail-type": "Greenlight Tool Event",
            "detail": {"tool": "jenkins", "subject": "shop", "run": "7", "state": "FAILED"}})
    }

    fn ids(value: &Value) -> Vec<String> {
        let read = events(&source(&value.to_string())).unwrap();
        read.into_iter().map(|event| event.id).collect()
    }

    #[test]
    fn events_come_in_many_wrappings() {
        let sns = |id: &str| {
            json!({"Type": "Notification", "MessageId": "m", "TopicArn": "arn:t",
                "Message": tool(id).to_string()})
        };
        let sqs = |bodies: &[Value]| {
            let record = |body: &Value| json!({"messageId": "q", "body": body.to_string()});
            json!({"Records": bodies.iter().map(record).collect::<Vec<_>>()})
        };
        assert_eq!(ids(&tool("a")), ["a"]);
        assert_eq!(ids(&json!([tool("a"), tool("b")])), ["a", "b"]);
        assert_eq!(ids(&sns("a")), ["a"]);
        assert_eq!(ids(&json!({"Records": [{"Sns": sns("a")}]})), ["a"]);
        assert_eq!(ids(&sqs(&[tool("a"), sns("b")])), ["a", "b"]);
        assert_eq!(ids(&json!([sqs(&[tool("a")]), sns("b")])), ["a", "b"]);
    }

    #[test]
    fn what_is_no_event_is_told_with_its_place() {
        for (text, expected) in [
            ("", "1:1: this is no JSON: EOF while parsing a value"),
            ("{\"a\": 1,}", "1:9: this is no JSON: trailing comma"),
            ("[]", "1:1: there are no events in it"),
            (" \n 7", "2:2: this is no event: it has neither"),
            (
                "[\n  {\"id\": \"x,[\\\"\"},\n  {\"ok\": 1}]",
                "2:3: this is no event",
            ),
            (
                "{\"Records\": [{\"body\": \"hello\"}]}",
                "1:1: the body of record 1: this is no JSON: expected value",
            ),
            (
                "{\"Records\": [{\"body\": \"7\"}]}",
                "1:1: the body of record 1: this is no event",
            ),
        ] {
            let error = events(&source(text)).unwrap_err().to_string();
            let expected = format!("events.json:{expected}");
            assert!(error.starts_with(&expected), "{error}\n{expected}");
        }
        let second = format!("[{}, \n  3]", tool("a[\\\"],"));
        let error = events(&source(&second)).unwrap_err().to_string();
        assert!(error.starts_with("events.json:2:3: "), "{error}");
    }

    #[test]
    fn a_wrapping_in_a_wrapping_ends() {
        let mut value = tool("a");
        for _ in 0..20 {
            value = json!({"Records": [{"body": value.to_string()}]});
            let _ = events(&source(&value.to_string()));
            if value.to_string().len() > 100_000 {
                break;
            }
        }
        let deep = "[".repeat(100_000);
        assert!(events(&source(&deep)).is_err());
    }
}
