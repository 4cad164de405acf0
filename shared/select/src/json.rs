//! JSON, and JSONPath (RFC 9535) on it.

use serde_json::Value;
use serde_json_path::JsonPath;

/// A JSON value. Its numbers are exact.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    /// Null.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A whole number beyond that, in its digits.
    Big(String),
    /// Any other number.
    Float(f64),
    /// A text.
    Text(String),
    /// Several values.
    List(Vec<Json>),
    /// Values with names, in the order of their names.
    Object(Vec<(String, Json)>),
}

/// A whole JSON text, read. What paths select from.
#[derive(Debug, Clone, PartialEq)]
pub struct Document(Value);

/// Stands before the digits of a whole number that is too long for 64 bits:
/// such a number travels as a string, since as a float it would equal others.
/// The character is one that no text should have (Unicode, private use).
const BIG: &str = "\u{f8ff}\u{f8fe}";

/// The longest text that is read, in bytes: as values it takes some fifty times
/// as much memory, and a function that runs out of memory answers nobody.
pub const LONGEST: usize = 2 * 1024 * 1024;

/// Reads a JSON text.
///
/// # Errors
/// It is none, is nested more than 128 deep, or is too long.
pub fn parse(text: &str) -> Result<Document, String> {
    if text.len() > LONGEST {
        let limit = LONGEST / (1024 * 1024);
        return Err(format!(
            "it has {} bytes, and at most {limit} MiB are read",
            text.len()
        ));
    }
    let marked = mark(text);
    let value = serde_json::from_str(marked.as_deref().unwrap_or(text));
    value.map(Document).map_err(|error| error.to_string())
}

/// The text with its long whole numbers as marked strings; None: it has none.
fn mark(text: &str) -> Option<String> {
    let mut marked: Option<String> = None;
    let mut copied = 0;
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at = after_string(bytes, at),
            b'-' | b'0'..=b'9' => {
                let end = after_number(bytes, at);
                let number = text.get(at..end).unwrap_or_default();
                if number == "-0" || is_big(number) {
                    let marked = marked.get_or_insert_default();
                    marked.push_str(text.get(copied..at).unwrap_or_default());
                    match number {
                        // As a float it would be another text.
                        "-0" => marked.push('0'),
                        _ => marked.push_str(&format!("\"{BIG}{number}\"")),
                    }
                    copied = end;
                }
                at = end;
            }
            _ => at += 1,
        }
    }
    let mut marked = marked?;
    marked.push_str(text.get(copied..).unwrap_or_default());
    Some(marked)
}

fn after_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn after_number(bytes: &[u8], start: usize) -> usize {
    let part = |byte: &u8| matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9');
    let rest = bytes.get(start..).unwrap_or_default();
    let length = rest
        .iter()
        .position(|byte| !part(byte))
        .unwrap_or(rest.len());
    start + length.max(1)
}

/// A whole number beyond 64 bits, rightly written.
fn is_big(number: &str) -> bool {
    let digits = number.strip_prefix('-').unwrap_or(number);
    digits.len() > 18
        && !digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && number.parse::<i64>().is_err()
}

/// A JSONPath.
#[derive(Debug, Clone)]
pub struct Path(JsonPath);

/// A text is no JSONPath.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadPath {
    /// The character at which it stops being one, from 0.
    pub at: usize,
    /// Why.
    pub message: String,
}

/// What a path selects.
#[derive(Debug, Clone, PartialEq)]
pub enum Selected {
    /// One value, or none.
    One(Option<Json>),
    /// Several values.
    Many(Vec<Json>),
}

impl Path {
    /// Reads a path.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(text: &str) -> Result<Self, BadPath> {
        JsonPath::parse(text).map(Self).map_err(|error| BadPath {
            at: error.position(),
            message: error.message().to_string(),
        })
    }

    /// What the path selects of a document, in its order. Of a path that may
    /// select several values but selects one, it is that one.
    pub fn select(&self, document: &Document) -> Selected {
        let mut found: Vec<Json> = self.0.query(&document.0).into_iter().map(json).collect();
        match found.len() {
            0 | 1 => Selected::One(found.pop()),
            _ => Selected::Many(found),
        }
    }
}

/// serde_json's own limit keeps this from going deep.
fn json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(yes) => Json::Bool(*yes),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Json::Integer(whole),
            (None, Some(float)) if number.is_f64() => Json::Float(float),
            _ => Json::Big(number.to_string()),
        },
        Value::String(text) => match text.strip_prefix(BIG) {
            Some(digits) => Json::Big(digits.to_owned()),
            None => Json::Text(text.clone()),
        },
        Value::Array(values) => Json::List(values.iter().map(json).collect()),
        Value::Object(fields) => Json::Object(
            fields
                .iter()
                .map(|(name, v)| (name.clone(), json(v)))
                .collect(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn select(text: &str, path: &str) -> Selected {
        Path::parse(path).unwrap().select(&parse(text).unwrap())
    }

    fn one(json: Json) -> Selected {
        Selected::One(Some(json))
    }

    #[test]
    fn a_table_of_paths() {
        let text =
            r#"{"a": {"b": [1, 2.5, "x", null, true]}, "n": [{"k": 1}, {"k": 2}, {"j": 3}]}"#;
        for (path, found) in [
            ("$.a.b[0]", one(Json::Integer(1))),
            ("$.a.b[1]", one(Json::Float(2.5))),
            ("$.a.b[-1]", one(Json::Bool(true))),
            ("$['a']['b'][3]", one(Json::Null)),
            ("$.nope", Selected::One(None)),
            ("$..nope", Selected::One(None)),
            ("$.n[*].j", one(Json::Integer(3))),
            (
                "$.n[*].k",
                Selected::Many(vec![Json::Integer(1), Json::Integer(2)]),
            ),
            ("$.n[?(@.k == 2)].k", one(Json::Integer(2))),
            (
                "$.n[?@.k > 0].k",
                Selected::Many(vec![Json::Integer(1), Json::Integer(2)]),
            ),
            (
                "$.a.b",
                one(Json::List(vec![
                    Json::Integer(1),
                    Json::Float(2.5),
                    Json::Text("x".into()),
                    Json::Null,
                    Json::Bool(true),
                ])),
            ),
            (
                "$.n[1]",
                one(Json::Object(vec![("k".into(), Json::Integer(2))])),
            ),
        ] {
            assert_eq!(select(text, path), found, "{path}");
        }
    }

    #[test]
    fn long_numbers_are_exact() {
        for (text, found) in [
            ("9223372036854775807", Json::Integer(i64::MAX)),
            (
                "9223372036854775808",
                Json::Big("9223372036854775808".into()),
            ),
            ("-9223372036854775808", Json::Integer(i64::MIN)),
            (
                "-9223372036854775809",
                Json::Big("-9223372036854775809".into()),
            ),
            (
                "123456789012345678901234567890",
                Json::Big("123456789012345678901234567890".into()),
            ),
            ("1e30", Json::Float(1e30)),
            ("-0", Json::Integer(0)),
            ("-0.0", Json::Float(-0.0)),
            (
                "12345678901234567890.5",
                Json::Float(12_345_678_901_234_567_890.5),
            ),
            (
                "\"12345678901234567890\"",
                Json::Text("12345678901234567890".into()),
            ),
            (
                "\"\\\"12345678901234567890\"",
                Json::Text("\"12345678901234567890".into()),
            ),
        ] {
            assert_eq!(select(text, "$"), one(found), "{text}");
        }
        let text = r#"[12345678901234567890, {"x": 12345678901234567891}]"#;
        assert_eq!(
            select(text, "$..x"),
            one(Json::Big("12345678901234567891".into()))
        );
        assert!(parse("012345678901234567890").is_err());
        assert!(parse("[12345678901234567890").is_err());
    }

    #[test]
    fn what_is_none_is_told() {
        assert!(parse("{").is_err());
        assert!(parse(&"[".repeat(100_000)).is_err());
        let long = parse(&format!("[{}]", " ".repeat(LONGEST))).unwrap_err();
        assert!(long.contains("at most 2 MiB"), "{long}");
        for path in ["", "a", "$.", "$[", "$[?", "$..", "$.a b", "$[?(@.a ==)]"] {
            let bad = Path::parse(path).unwrap_err();
            assert!(!bad.message.is_empty(), "{path}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_json_or_not(text in "\\PC*") {
            let _ = parse(&text);
        }

        #[test]
        fn any_text_is_a_path_or_not(text in "\\$[\\[\\]\\.\\*'\"a?@()=<>!&|0-9, -]{0,30}") {
            let _ = Path::parse(&text);
        }

        #[test]
        fn whole_numbers_keep_their_digits(digits in "-?[1-9][0-9]{0,40}") {
            let found = match digits.parse() {
                Ok(whole) => Json::Integer(whole),
                Err(_) => Json::Big(digits.clone()),
            };
            prop_assert_eq!(select(&format!("[{digits}]"), "$[0]"), one(found));
        }
    }
}
