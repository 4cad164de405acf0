//! YAML read into one tree with the place of each value, whatever its kind;
//! only keys must be texts. It is one type for all that a plan holds, so that
//! the parser is compiled once and not for each kind of value, which keeps the
//! functions small.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_json::Value as Json;
use serde_saphyr::{Error, Location, Options, Spanned};

/// A value and where it is written, which is not where an alias repeats it.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) at: Location,
}

/// A key and its place.
pub(crate) type Key = (String, Location);

/// Any value.
#[derive(Debug)]
pub(crate) enum Value {
    /// `null`, or nothing at all.
    Nothing,
    Scalar(Scalar),
    List(Vec<Node>),
    /// In the order it is written.
    Mapping(Vec<(Key, Node)>),
}

/// A text, a number or a truth value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Scalar {
    /// A text, quoted or not.
    Text(String),
    /// An unquoted number or truth value, as YAML understands it.
    Plain(Json),
}

/// Reads one document. The budget in `options` bounds how deep it nests.
pub(crate) fn read(text: &str, options: Options) -> Result<Node, Error> {
    serde_saphyr::from_str_with_options::<Spanned<Value>>(text, options).map(Node::from)
}

impl From<Spanned<Value>> for Node {
    fn from(spanned: Spanned<Value>) -> Self {
        Self {
            value: spanned.value,
            at: spanned.defined,
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

/// Each method takes what comes, so that none fails for the kind of a value.
impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number, true, false, null, a list or a mapping")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Nothing)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Nothing)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Scalar(Scalar::Plain(value.into())))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Scalar(Scalar::Plain(value.into())))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Scalar(Scalar::Plain(value.into())))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Scalar(Scalar::Plain(value.into())))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Scalar(Scalar::Text(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element::<Spanned<Value>>()? {
            items.push(item.into());
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut mapping: A) -> Result<Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(key) = mapping.next_key::<Spanned<String>>()? {
            let value = mapping.next_value::<Spanned<Value>>()?;
            pairs.push(((key.value, key.defined), value.into()));
        }
        Ok(Value::Mapping(pairs))
    }
}
