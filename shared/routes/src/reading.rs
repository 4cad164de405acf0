//! Kinds of values, taken from the tree that routes were read into. What is
//! wrong is kept with its place, so that all mistakes are told at once.

use wording::{nearest, quoted};
use yaml::{Entry, Mistake, Node, Place, Value};

/// A value, and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct At<T> {
    pub(crate) value: T,
    pub(crate) at: Place,
}

/// The mistakes so far.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    pub(crate) mistakes: Vec<Mistake>,
}

/// What a key that was expected to hold something holds.
const NO_VALUE: &str = "this has no value";

/// The most values that a list of conditions may have.
const MOST_VALUES: usize = 100;

impl Reading {
    pub(crate) fn wrong(&mut self, at: Place, text: impl Into<String>) {
        self.mistakes.push(Mistake::new(at, text));
    }

    /// The entries of a mapping, without those whose key is not known.
    pub(crate) fn mapping(&mut self, node: Node, what: &str, known: &[&str]) -> Vec<Entry> {
        let entries = match node.value {
            Value::Mapping(entries) => entries,
            Value::Nothing => {
                self.wrong(node.at, format!("{what} has nothing in it"));
                return Vec::new();
            }
            _ => {
                let keys = known.join(", ");
                let text = format!("{what} is a mapping, with some of the keys {keys}");
                self.wrong(node.at, text);
                return Vec::new();
            }
        };
        let mut taken = Vec::new();
        for entry in entries {
            if known.contains(&entry.key.as_str()) {
                taken.push(entry);
                continue;
            }
            let has = format!("{what} has the keys");
            let key = At {
                value: entry.key,
                at: entry.at,
            };
            self.no_such(&key, "key", &has, known);
        }
        taken
    }

    /// A text that is not empty.
    pub(crate) fn text(&mut self, node: Node) -> Option<At<String>> {
        let at = node.at;
        let text = match node.value {
            Value::Text(text) if !text.trim().is_empty() => return Some(At { value: text, at }),
            Value::Text(_) => "this is empty".to_owned(),
            Value::Nothing => NO_VALUE.to_owned(),
            Value::Number(number) => format!(
                "this is the number {}, and a text is expected; write it in quotes",
                quoted(&number.to_string())
            ),
            Value::Truth(truth) => {
                format!("this is {truth}, and a text is expected; write it in quotes")
            }
            Value::List(_) => "a single text is expected, and this is a list".to_owned(),
            Value::Mapping(_) => "a text is expected, and this is a mapping".to_owned(),
        };
        self.wrong(at, text);
        None
    }

    /// A text, or a list of texts without doubles.
    pub(crate) fn texts(&mut self, node: Node) -> Vec<At<String>> {
        let at = node.at;
        let items = match node.value {
            Value::List(items) if items.is_empty() => {
                let text = "this list is empty; take the key out where anything may match";
                self.wrong(at, text);
                return Vec::new();
            }
            Value::List(items) => items,
            value => return self.text(Node { value, at }).into_iter().collect(),
        };
        if items.len() > MOST_VALUES {
            let text = format!("this list has more than {MOST_VALUES} values");
            self.wrong(at, text);
            return Vec::new();
        }
        let mut texts: Vec<At<String>> = Vec::new();
        for item in items {
            let Some(text) = self.text(item) else {
                continue;
            };
            match texts.iter().any(|earlier| earlier.value == text.value) {
                true => {
                    let double = format!("{} is here a second time", quoted(&text.value));
                    self.wrong(text.at, double);
                }
                false => texts.push(text),
            }
        }
        texts
    }

    /// One of some words.
    pub(crate) fn word<T: Copy>(
        &mut self,
        text: &At<String>,
        what: &str,
        known: &[(&str, T)],
    ) -> Option<T> {
        let found = known.iter().find(|(name, _)| *name == text.value);
        if let Some((_, value)) = found {
            return Some(*value);
        }
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        self.unknown(text, what, &names);
        None
    }

    /// A word that is none of these.
    pub(crate) fn unknown(&mut self, text: &At<String>, what: &str, names: &[&str]) {
        self.no_such(text, what, "known are", names);
    }

    /// With the name that is near, or all that `these` tells of.
    fn no_such(&mut self, text: &At<String>, what: &str, these: &str, names: &[&str]) {
        let mut mistake = Mistake::new(text.at, format!("unknown {what} {}", quoted(&text.value)));
        match nearest(&text.value, names) {
            Some(near) => mistake.meant = Some(near.to_owned()),
            None => mistake.text += &format!("; {these} {}", names.join(", ")),
        }
        self.mistakes.push(mistake);
    }

    pub(crate) fn truth(&mut self, node: &Node) -> Option<bool> {
        if let Value::Truth(truth) = node.value {
            return Some(truth);
        }
        self.wrong(node.at, "this is true or false");
        None
    }
}
