//! JSON bodies, rendered. The bytes are those that the `hurl` command sends,
//! version 8, its peculiarities included.

use hurl::ast::{Json, JsonPiece, Placeholder};

use crate::{Around, Fault, Variables, text};

/// Whether white space between values is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Space {
    /// As written.
    Kept,
    /// All of it removed: the variables of GraphQL.
    Removed,
}

/// Renders JSON.
pub(crate) fn json(
    json: &Json,
    space: Space,
    variables: &Variables,
    around: &Around<'_>,
) -> Result<String, Fault> {
    let mut writer = Writer::new(space);
    for piece in &json.pieces {
        match piece {
            JsonPiece::Text(source) => source.chars().for_each(|c| writer.write(c)),
            JsonPiece::Value(placeholder) => {
                let text = text::rendered(placeholder, variables, around)?;
                if !begins_like_json(&text) {
                    return Err(no_json(placeholder));
                }
                writer.out.push_str(&text);
            }
            JsonPiece::InString(placeholder) => match (writer.state, space) {
                // There, a key is sent as it is written.
                (State::Key, Space::Removed) => {
                    writer.out.push_str(&text::source(placeholder));
                }
                (State::Key, Space::Kept) => {
                    let text = text::rendered(placeholder, variables, around)?;
                    writer.out.push_str(&text);
                }
                _ => {
                    let text = text::rendered(placeholder, variables, around)?;
                    writer.out.push_str(&escaped(&text));
                }
            },
        }
    }
    Ok(writer.out)
}

fn no_json(placeholder: &Placeholder) -> Fault {
    let what = format!(
        "{} stands where a JSON value must stand, and its value is a string",
        text::source(placeholder)
    );
    Fault::new(placeholder.span, what).with_remedy("put it between double quotes")
}

/// A value's text is taken for JSON if it begins with a number, true, false or
/// null; what follows is not looked at.
fn begins_like_json(text: &str) -> bool {
    if ["true", "false", "null"]
        .iter()
        .any(|word| text.starts_with(word))
    {
        return true;
    }
    let text = text.strip_prefix('-').unwrap_or(text);
    let digit = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    let after = match text.strip_prefix('0') {
        Some(after) => after,
        None => text.trim_start_matches(|c: char| c.is_ascii_digit()),
    };
    digit(text) && after.strip_prefix('.').is_none_or(digit)
}

/// The inside of a JSON string. Other control characters stay.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    out
}

/// Where in the source the writer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Between strings.
    Outside,
    /// In a member's name. Its escapes are resolved, and not made again.
    Key,
    /// In any other string: it stays as it is written.
    Text,
}

struct Writer {
    out: String,
    space: Space,
    state: State,
    /// Whether each open bracket is an object's.
    objects: Vec<bool>,
    /// Whether the next string is a member's name.
    key_next: bool,
    /// What of an escape was read.
    escape: String,
}

impl Writer {
    fn new(space: Space) -> Self {
        Self {
            out: String::new(),
            space,
            state: State::Outside,
            objects: Vec::new(),
            key_next: false,
            escape: String::new(),
        }
    }

    fn write(&mut self, c: char) {
        if self.state == State::Outside {
            return self.write_outside(c);
        }
        if !self.escape.is_empty() {
            self.escape.push(c);
            if let Some(escape) = finished(&self.escape) {
                match self.state {
                    State::Key => self.out.push(escape),
                    _ => self.out.push_str(&self.escape),
                }
                self.escape.clear();
            }
            return;
        }
        match c {
            '\\' => self.escape.push(c),
            '"' => {
                self.out.push(c);
                self.state = State::Outside;
            }
            c => self.out.push(c),
        }
    }

    fn write_outside(&mut self, c: char) {
        match c {
            '"' => {
                self.state = if self.key_next {
                    State::Key
                } else {
                    State::Text
                };
            }
            '{' | '[' => {
                self.objects.push(c == '{');
                self.key_next = c == '{';
            }
            '}' | ']' => {
                self.objects.pop();
                self.key_next = false;
            }
            ',' => self.key_next = self.objects.last() == Some(&true),
            ':' => self.key_next = false,
            ' ' | '\t' | '\n' | '\r' if self.space == Space::Removed => return,
            // A number's exponent.
            'E' => return self.out.push('e'),
            _ => {}
        }
        self.out.push(c);
    }
}

/// The character of an escape, once it is whole. What is no escape is U+FFFD;
/// the parser lets none through.
fn finished(escape: &str) -> Option<char> {
    let mut chars = escape.chars().skip(1);
    let c = match chars.next()? {
        'u' => return unicode(escape),
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        c => c,
    };
    Some(c)
}

/// `\u00e9`, or a surrogate pair: `\ud83d\ude00`.
fn unicode(escape: &str) -> Option<char> {
    let digits = |from: usize| {
        let digits = escape.get(from..from + 4)?;
        Some(u32::from_str_radix(digits, 16).unwrap_or(0xfffd))
    };
    let high = digits(2)?;
    if !(0xd800..0xdc00).contains(&high) {
        return Some(char::from_u32(high).unwrap_or('\u{fffd}'));
    }
    let low = digits(8)?;
    let code = 0x1_0000 + ((high - 0xd800) << 10) + (low.wrapping_sub(0xdc00) & 0x3ff);
    Some(char::from_u32(code).unwrap_or('\u{fffd}'))
}

#[cfg(test)]
mod tests {
    use hurl::{Span, Spanned, ast::Expression};

    use super::*;
    use crate::{Files, Value};

    fn placeholder(name: &str) -> Placeholder {
        Spanned::new(Expression::Variable(name.to_owned()), Span::new(3, 9))
    }

    /// `{{name}}` between quotes or not becomes a piece of its own.
    fn pieces(source: &str) -> Json {
        let mut pieces = Vec::new();
        let mut quotes = 0;
        for (n, part) in source.split("{{").enumerate() {
            let text = if n == 0 {
                part
            } else {
                let (name, text) = part.split_once("}}").unwrap();
                pieces.push(match quotes % 2 {
                    0 => JsonPiece::Value(placeholder(name)),
                    _ => JsonPiece::InString(placeholder(name)),
                });
                text
            };
            quotes += text.replace("\\\"", "").matches('"').count();
            pieces.push(JsonPiece::Text(text.to_owned()));
        }
        Json { pieces }
    }

    fn render(source: &str, space: Space) -> Result<String, Fault> {
        let mut variables = Variables::new();
        for (name, value) in [
            ("s", Value::Text("a\"b\\\n\t\u{1}".into())),
            ("n", Value::Number(hurl::ast::Number::Integer(-5))),
            ("t", Value::Text("12abc".into())),
            ("w", Value::Text("word".into())),
            ("z", Value::Null),
            ("l", Value::List(vec![])),
            ("e", Value::Text(String::new())),
            ("dot", Value::Text("1.".into())),
        ] {
            variables.insert(name, value).unwrap();
        }
        let files = Files::new();
        let around = Around {
            now: chrono::DateTime::UNIX_EPOCH,
            uuid: &|| String::new(),
            files: &files,
        };
        json(&pieces(source), space, &variables, &around)
    }

    #[test]
    fn bodies() {
        let cases = [
            (
                r#"{ "a" : [1, 2E3, "x\n"] }"#,
                r#"{ "a" : [1, 2e3, "x\n"] }"#,
            ),
            (
                r#"{"a":{{n}},"b":"{{n}} {{s}}"}"#,
                "{\"a\":-5,\"b\":\"-5 a\\\"b\\\\\\n\\t\u{1}\"}",
            ),
            (r#"[{{t}}, {{z}}]"#, "[12abc, null]"),
            (
                r#"{"E":"E","a\"\u00e9\ud83d\ude00":"\u00e9\""}"#,
                r#"{"E":"E","a"é😀":"\u00e9\""}"#,
            ),
            (r#"{"{{s}}":1}"#, "{\"a\"b\\\n\t\u{1}\":1}"),
            (
                r#"[["a\"", {"k":["v\n",{"l":"w\n"}]}, "x\n"]]"#,
                r#"[["a\"", {"k":["v\n",{"l":"w\n"}]}, "x\n"]]"#,
            ),
            ("", ""),
        ];
        for (source, expected) in cases {
            assert_eq!(
                render(source, Space::Kept).as_deref(),
                Ok(expected),
                "{source}"
            );
        }
    }

    #[test]
    fn without_space() {
        let source = r#"{ "{{w}}" : "{{w}} x",  "a" : [1 , 2E3,
            "c\"d"] }"#;
        let expected = r#"{"{{w}}":"word x","a":[1,2e3,"c\"d"]}"#;
        assert_eq!(render(source, Space::Removed).as_deref(), Ok(expected));
    }

    #[test]
    fn what_is_no_json_value_is_refused() {
        for name in ["w", "e", "dot", "l", "nope"] {
            let fault = render(&format!("[{{{{{name}}}}}]"), Space::Kept).unwrap_err();
            assert_eq!(fault.span, Span::new(3, 9), "{name}: {fault}");
        }
    }
}
