//! Kinds of values, made from the tree that a plan was read into. What is of
//! a wrong kind and what has an unknown key is kept, with its place, so that
//! all such mistakes of a plan can be reported, and not only the first.

use serde_json::Value as JsonValue;
use yaml::{Entry, Node, Number, Place, Value};

/// A key and its place.
pub(crate) type Key = (String, Place);

/// A text, a number or a truth value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Scalar {
    /// A text, quoted or not.
    Text(String),
    /// An unquoted number or truth value, as YAML understands it.
    Plain(JsonValue),
}

/// What was found in the place of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// `null`, or nothing at all.
    Nothing,
    /// A text, a number or a truth value.
    Scalar,
    /// A list.
    List,
    /// A mapping.
    Mapping,
}

/// A value, or what stands in its place, and where.
#[derive(Debug)]
pub(crate) struct Given<T> {
    pub(crate) value: Result<T, Found>,
    pub(crate) at: Place,
}

/// The value of a key that may be absent. Unlike `Option`, it tells an absent
/// key from one without a value.
#[derive(Debug)]
pub(crate) struct Field<T>(pub(crate) Option<Given<T>>);

/// One scalar or a list of them.
#[derive(Debug)]
pub(crate) enum OneOrMore {
    One(Scalar),
    More(Vec<Given<Scalar>>),
}

/// A mapping with known keys.
#[derive(Debug)]
pub(crate) struct Keys<T> {
    /// The known keys' values.
    pub(crate) fields: T,
    /// The known keys that are there.
    pub(crate) keys: Vec<Key>,
    /// The keys that are not known.
    pub(crate) unknown: Vec<Key>,
    /// All keys that are known.
    pub(crate) known: &'static [&'static str],
}

/// A mapping with free keys, in order.
#[derive(Debug)]
pub(crate) struct Pairs<T>(pub(crate) Vec<(Key, Given<T>)>);

/// Any value, as JSON.
#[derive(Debug)]
pub(crate) struct Json(pub(crate) JsonValue);

/// A kind of value, made from one shape of YAML or another.
pub(crate) trait Shape: Sized {
    /// The value, or what was found in its place.
    fn make(value: Value) -> Result<Self, Found>;
}

/// The values of known keys.
pub(crate) trait Fields: Default {
    /// The keys, in the order they are documented.
    const KEYS: &'static [&'static str];

    /// Where the value of a key goes, if the key is known.
    fn field(&mut self, key: &str) -> Option<&mut dyn Slot>;
}

/// A place for a value.
pub(crate) trait Slot {
    /// Puts a value in it.
    fn put(&mut self, node: Node);
}

impl<T: Shape> From<Node> for Given<T> {
    fn from(node: Node) -> Self {
        Self {
            value: T::make(node.value),
            at: node.at,
        }
    }
}

impl<T> Default for Field<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Shape> Slot for Field<T> {
    fn put(&mut self, node: Node) {
        self.0 = Some(node.into());
    }
}

impl From<&Value> for Found {
    fn from(value: &Value) -> Self {
        match value {
            Value::Nothing => Self::Nothing,
            Value::Text(_) | Value::Number(_) | Value::Truth(_) => Self::Scalar,
            Value::List(_) => Self::List,
            Value::Mapping(_) => Self::Mapping,
        }
    }
}

impl Shape for Scalar {
    fn make(value: Value) -> Result<Self, Found> {
        match value {
            Value::Text(text) => Ok(Self::Text(text)),
            Value::Number(number) => Ok(Self::Plain(plain(number))),
            Value::Truth(truth) => Ok(Self::Plain(truth.into())),
            other => Err((&other).into()),
        }
    }
}

impl Shape for OneOrMore {
    fn make(value: Value) -> Result<Self, Found> {
        match value {
            Value::List(_) | Value::Mapping(_) | Value::Nothing => Vec::make(value).map(Self::More),
            scalar => Scalar::make(scalar).map(Self::One),
        }
    }
}

impl<T: Shape> Shape for Vec<Given<T>> {
    fn make(value: Value) -> Result<Self, Found> {
        match value {
            Value::List(items) => Ok(items.into_iter().map(Given::from).collect()),
            other => Err((&other).into()),
        }
    }
}

impl<T: Shape> Shape for Pairs<T> {
    fn make(value: Value) -> Result<Self, Found> {
        match value {
            Value::Mapping(entries) => Ok(Self(
                (entries.into_iter())
                    .map(|entry| ((entry.key, entry.at), entry.value.into()))
                    .collect(),
            )),
            other => Err((&other).into()),
        }
    }
}

impl<T: Fields> Shape for Keys<T> {
    fn make(value: Value) -> Result<Self, Found> {
        let entries = match value {
            Value::Mapping(entries) => entries,
            other => return Err((&other).into()),
        };
        let mut fields = T::default();
        let (mut keys, mut unknown) = (Vec::new(), Vec::new());
        for Entry { key, at, value } in entries {
            match fields.field(&key) {
                Some(slot) => {
                    slot.put(value);
                    keys.push((key, at));
                }
                None => unknown.push((key, at)),
            }
        }
        Ok(Self {
            fields,
            keys,
            unknown,
            known: T::KEYS,
        })
    }
}

impl Shape for Json {
    fn make(value: Value) -> Result<Self, Found> {
        Ok(Self(json(value)))
    }
}

/// Recurses only as deep as a plan may nest.
fn json(value: Value) -> JsonValue {
    match value {
        Value::Nothing => JsonValue::Null,
        Value::Text(text) => JsonValue::String(text),
        Value::Number(number) => plain(number),
        Value::Truth(truth) => truth.into(),
        Value::List(items) => items.into_iter().map(|item| json(item.value)).collect(),
        Value::Mapping(entries) => (entries.into_iter())
            .map(|entry| (entry.key, json(entry.value.value)))
            .collect(),
    }
}

fn plain(number: Number) -> JsonValue {
    match number {
        Number::Signed(number) => number.into(),
        Number::Unsigned(number) => number.into(),
        Number::Float(number) => number.into(),
    }
}
