//! Reads what AWS really sends: numbers with a fraction where there is none,
//! numbers in quotes, JSON in strings, and much that is missing.

use redact::redact;
use serde_json::{Map, Value};

use crate::{event::State, moment::Moment};

/// The longest text that is kept of an event, in characters. AWS's own names
/// and ids are far shorter, and what is longer nobody reads in a message.
const LONGEST: usize = 4000;

/// A JSON object, or what should be one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a>(Option<&'a Map<String, Value>>);

impl<'a> Reader<'a> {
    pub(crate) fn new(value: &'a Value) -> Self {
        Self(value.as_object())
    }

    pub(crate) fn value(self, key: &str) -> Option<&'a Value> {
        self.0?.get(key).filter(|value| !value.is_null())
    }

    pub(crate) fn has(self, key: &str) -> bool {
        self.value(key).is_some()
    }

    /// A text that says something. Numbers and booleans are texts too; the
    /// word "null" is what some senders make of nothing.
    pub(crate) fn text(self, key: &str) -> Option<String> {
        text(self.value(key)?)
    }

    /// The first of these that says something.
    pub(crate) fn first(self, keys: &[&str]) -> Option<String> {
        keys.iter().find_map(|key| self.text(key))
    }

    /// A whole number, also in quotes or with a fraction of nothing.
    pub(crate) fn count(self, key: &str) -> Option<u64> {
        match self.value(key)? {
            Value::Number(number) => number.as_u64().or_else(|| whole(number.as_f64()?)),
            Value::String(text) => text.trim().parse::<f64>().ok().and_then(whole),
            _ => None,
        }
    }

    pub(crate) fn time(self, key: &str) -> Option<Moment> {
        match self.value(key)? {
            Value::Number(number) => Moment::from_seconds(number.as_f64()?),
            Value::String(text) => Moment::parse(text),
            _ => None,
        }
    }

    /// A state; a missing one is known as that.
    pub(crate) fn state(self, key: &str) -> State {
        State::of(&self.text(key).unwrap_or_else(|| "UNKNOWN".to_owned()))
    }

    /// An object below this one.
    pub(crate) fn under(self, key: &str) -> Reader<'a> {
        Reader(self.value(key).and_then(Value::as_object))
    }

    pub(crate) fn list(self, key: &str) -> &'a [Value] {
        let list = self.value(key).and_then(Value::as_array);
        list.map_or(&[], Vec::as_slice)
    }

    /// A list of texts.
    pub(crate) fn texts(self, key: &str) -> Vec<String> {
        self.list(key).iter().filter_map(text).collect()
    }

    /// The fields, in the order of their names.
    pub(crate) fn fields(self) -> impl Iterator<Item = (&'a String, &'a Value)> {
        self.0.into_iter().flatten()
    }
}

/// A text that says something.
pub(crate) fn text(value: &Value) -> Option<String> {
    let text = match value {
        // Here and nowhere else texts get into an event's type.
        Value::String(text) => clean(text.trim()),
        Value::Number(number) => match number.as_f64().and_then(whole) {
            // 4.0 is 4.
            Some(whole) => whole.to_string(),
            None => number.to_string(),
        },
        Value::Bool(flag) => flag.to_string(),
        _ => return None,
    };
    (!text.is_empty() && text != "null").then_some(text)
}

/// Secrets are taken out of more than is kept: half of one that a cut went
/// through would not be known for one.
fn clean(text: &str) -> String {
    cut(&redact(cut(text, LONGEST * 2)), LONGEST).to_owned()
}

fn cut(text: &str, most: usize) -> &str {
    let end = text.char_indices().nth(most).map(|(at, _)| at);
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

fn whole(number: f64) -> Option<u64> {
    let fits = number.fract() == 0.0 && (0.0..9_007_199_254_740_992.0).contains(&number);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked above"
    )]
    fits.then_some(number as u64)
}

/// What is an object, or a text that holds one.
pub(crate) fn unfold(value: &Value) -> Option<Value> {
    match value {
        Value::Object(_) => Some(value.clone()),
        Value::String(text) => serde_json::from_str(text).ok().filter(Value::is_object),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_come_in_many_ways() {
        let value = json!({"a": 4.0, "b": "4", "c": 4, "d": "4.0", "e": -1, "f": 1.5, "g": "x",
            "h": 1e300, "i": null, "j": [4]});
        let reader = Reader::new(&value);
        for key in ["a", "b", "c", "d"] {
            assert_eq!(reader.count(key), Some(4), "{key}");
        }
        for key in ["e", "f", "g", "h", "i", "j", "k"] {
            assert_eq!(reader.count(key), None, "{key}");
        }
        assert_eq!(reader.text("a").as_deref(), Some("4"));
        assert_eq!(reader.text("f").as_deref(), Some("1.5"));
    }

    #[test]
    fn a_secret_is_not_cut_in_two() {
        for before in LONGEST - 30..LONGEST + 3 {
            let token = format!("ghp_{}", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
            let told = text(&json!(format!("{} {token}", "x".repeat(before)))).unwrap();
            assert!(!told.contains("ghp_a"), "{before}");
            assert!(told.chars().count() <= LONGEST);
        }
    }

    #[test]
    fn nothing_is_nothing() {
        let value = json!({"a": null, "b": "", "c": "null", "d": " ", "e": {}});
        let reader = Reader::new(&value);
        for key in ["a", "b", "c", "d", "e", "f"] {
            assert_eq!(reader.text(key), None, "{key}");
        }
        assert!(!Reader::new(&json!(3)).has("a"));
        assert_eq!(reader.under("a").under("b").text("c"), None);
    }
}
