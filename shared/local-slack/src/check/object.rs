use std::collections::HashSet;

use serde_json::{Map, Value};

/// How many notes are kept: enough to see what is wrong.
const NOTES: usize = 20;

/// What is wrong with a message, and what is counted over all of it.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    pub(crate) list: Vec<String>,
    /// The characters of all texts.
    pub(crate) characters: usize,
    pub(crate) block_ids: HashSet<String>,
    pub(crate) action_ids: HashSet<String>,
    /// The characters of all markdown blocks.
    pub(crate) markdown: usize,
}

impl Notes {
    pub(crate) fn add(&mut self, at: &str, what: impl AsRef<str>) {
        if self.list.len() < NOTES {
            let what = what.as_ref();
            self.list.push(format!("{what} [json-pointer:{at}]"));
        }
    }
}

/// An object of a message, at its place.
pub(crate) struct Object<'a> {
    pub(crate) map: &'a Map<String, Value>,
    pub(crate) at: String,
}

impl<'a> Object<'a> {
    pub(crate) fn of(value: &'a Value, at: String, notes: &mut Notes) -> Option<Object<'a>> {
        match value.as_object() {
            Some(map) => Some(Object { map, at }),
            None => {
                notes.add(&at, "must be an object");
                None
            }
        }
    }

    pub(crate) fn kind(&self) -> Option<&'a str> {
        self.map.get("type").and_then(Value::as_str)
    }

    pub(crate) fn place(&self, name: &str) -> String {
        format!("{}/{name}", self.at)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&'a Value> {
        self.map.get(name).filter(|value| !value.is_null())
    }

    /// It has no other fields than these.
    pub(crate) fn only(&self, known: &[&str], notes: &mut Notes) {
        for name in self.map.keys() {
            if !known.contains(&name.as_str()) {
                notes.add(&self.at, format!("invalid additional property: {name}"));
            }
        }
    }

    pub(crate) fn missing(&self, name: &str, notes: &mut Notes) {
        notes.add(&self.at, format!("missing required field: {name}"));
    }

    /// A text, of one character at least and so many at most.
    pub(crate) fn string(&self, name: &str, limit: usize, notes: &mut Notes) -> Option<&'a str> {
        let value = self.get(name)?;
        let Some(text) = value.as_str() else {
            notes.add(&self.place(name), "must be a string");
            return None;
        };
        measure(text, &self.place(name), limit, notes);
        Some(text)
    }

    /// The same, where it can't be left out.
    pub(crate) fn needed(&self, name: &str, limit: usize, notes: &mut Notes) -> Option<&'a str> {
        match self.get(name) {
            Some(_) => self.string(name, limit, notes),
            None => {
                self.missing(name, notes);
                None
            }
        }
    }

    /// An address.
    pub(crate) fn link(&self, name: &str, notes: &mut Notes) {
        let counted = notes.characters;
        if let Some(text) = self.string(name, 3000, notes) {
            let is_link = url::Url::parse(text).is_ok() && !text.contains(char::is_whitespace);
            if !is_link {
                notes.add(&self.place(name), "invalid url");
            }
        }
        // Nobody reads it.
        notes.characters = counted;
    }

    pub(crate) fn boolean(&self, name: &str, notes: &mut Notes) {
        if self.get(name).is_some_and(|value| !value.is_boolean()) {
            notes.add(&self.place(name), "must be a boolean");
        }
    }

    /// A list of so many at most, and one at least.
    pub(crate) fn list(&self, name: &str, limit: usize, notes: &mut Notes) -> &'a [Value] {
        let Some(value) = self.get(name) else {
            return &[];
        };
        let Some(list) = value.as_array() else {
            notes.add(&self.place(name), "must be an array");
            return &[];
        };
        if list.is_empty() {
            notes.add(&self.place(name), "must have at least 1 items");
        }
        if list.len() > limit {
            let what = format!("no more than {limit} items allowed");
            notes.add(&self.place(name), what);
        }
        list
    }

    /// An `action_id`, which no other element of the message has.
    pub(crate) fn action_id(&self, notes: &mut Notes) {
        if let Some(id) = self.string("action_id", 255, notes)
            && !notes.action_ids.insert(id.to_owned())
        {
            notes.add(
                &self.place("action_id"),
                format!("`action_id` \"{id}\" already exists"),
            );
        }
    }

    /// A text object.
    pub(crate) fn text(&self, name: &str, spec: TextSpec, notes: &mut Notes) {
        match self.get(name) {
            Some(value) => text(value, self.place(name), spec, notes),
            None if spec.is_needed => self.missing(name, notes),
            None => {}
        }
    }
}

/// What a text object may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TextSpec {
    pub(crate) limit: usize,
    pub(crate) is_plain: bool,
    pub(crate) is_needed: bool,
}

impl TextSpec {
    pub(crate) const fn plain(limit: usize) -> TextSpec {
        TextSpec {
            limit,
            is_plain: true,
            is_needed: true,
        }
    }

    pub(crate) const fn any(limit: usize) -> TextSpec {
        TextSpec {
            limit,
            is_plain: false,
            is_needed: true,
        }
    }

    pub(crate) const fn optional(self) -> TextSpec {
        TextSpec {
            is_needed: false,
            ..self
        }
    }
}

/// A text object: plain, or in Slack's own markup.
pub(crate) fn text(value: &Value, at: String, spec: TextSpec, notes: &mut Notes) {
    let Some(object) = Object::of(value, at, notes) else {
        return;
    };
    match object.kind() {
        Some("plain_text") => {
            object.only(&["type", "text", "emoji"], notes);
            object.boolean("emoji", notes);
        }
        Some("mrkdwn") if !spec.is_plain => {
            object.only(&["type", "text", "verbatim"], notes);
            object.boolean("verbatim", notes);
        }
        Some("mrkdwn") => notes.add(&object.place("type"), "must be plain_text"),
        _ => notes.add(&object.place("type"), "failed to match all allowed schemas"),
    }
    object.needed("text", spec.limit, notes);
}

/// Whether a text is within its limits; its characters count for the whole.
pub(crate) fn measure(text: &str, at: &str, limit: usize, notes: &mut Notes) {
    let length = text.chars().count();
    notes.characters = notes.characters.saturating_add(length);
    if text.trim().is_empty() {
        notes.add(at, "must be more than 0 characters");
    } else if length > limit {
        notes.add(at, format!("must be less than {} characters", limit + 1));
    }
}
