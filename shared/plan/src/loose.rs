//! YAML read without objection. Whatever stands in the place of a value is
//! taken, with its place, so that every value of a wrong kind and every
//! unknown key of a plan can be reported, and not only the first.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{
        self, DeserializeOwned, DeserializeSeed, IgnoredAny, IntoDeserializer, MapAccess,
        SeqAccess, Visitor, value::StringDeserializer,
    },
};
use serde_json::Value;
use serde_saphyr::{Location, Spanned};

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
#[derive(Debug, Clone)]
pub(crate) struct Given<T> {
    pub(crate) value: Result<T, Found>,
    pub(crate) at: Location,
}

/// The value of a key that may be absent. Unlike `Option`, it tells an absent
/// key from one without a value.
#[derive(Debug, Clone)]
pub(crate) struct Field<T>(pub(crate) Option<Given<T>>);

/// A scalar.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Scalar {
    /// A text, quoted or not.
    Text(String),
    /// An unquoted number or truth value, as YAML understands it.
    Plain(Value),
}

/// One scalar or a list of them.
#[derive(Debug, Clone)]
pub(crate) enum OneOrMore {
    One(Scalar),
    More(Vec<Given<Scalar>>),
}

/// A mapping with known keys.
#[derive(Debug, Clone)]
pub(crate) struct Keys<T> {
    /// The known keys' values.
    pub(crate) fields: T,
    /// The known keys that are there, with their places.
    pub(crate) keys: Vec<(String, Location)>,
    /// The keys that are not known.
    pub(crate) unknown: Vec<(String, Location)>,
    /// All keys that are known.
    pub(crate) known: &'static [&'static str],
}

/// A mapping with free keys, in order.
#[derive(Debug, Clone)]
pub(crate) struct Pairs<V>(pub(crate) Vec<(Spanned<String>, V)>);

/// Any value, as JSON.
#[derive(Debug, Clone)]
pub(crate) struct Json(pub(crate) Value);

impl<T> Default for Field<T> {
    fn default() -> Self {
        Self(None)
    }
}

/// A kind of value, made from one shape of YAML or another.
pub(crate) trait Shape: Sized {
    /// From nothing.
    fn nothing() -> Result<Self, Found> {
        Err(Found::Nothing)
    }

    /// From a scalar.
    fn scalar(_: Scalar) -> Result<Self, Found> {
        Err(Found::Scalar)
    }

    /// From a list, which must be read to its end.
    fn list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Result<Self, Found>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Err(Found::List))
    }

    /// From a mapping, which must be read to its end.
    fn mapping<'de, A: MapAccess<'de>>(mut mapping: A) -> Result<Result<Self, Found>, A::Error> {
        while mapping.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Err(Found::Mapping))
    }
}

impl Shape for Scalar {
    fn scalar(scalar: Scalar) -> Result<Self, Found> {
        Ok(scalar)
    }
}

impl Shape for OneOrMore {
    fn scalar(scalar: Scalar) -> Result<Self, Found> {
        Ok(Self::One(scalar))
    }

    fn list<'de, A: SeqAccess<'de>>(list: A) -> Result<Result<Self, Found>, A::Error> {
        Ok(Vec::list(list)?.map(Self::More))
    }
}

impl<T: Shape> Shape for Vec<Given<T>> {
    fn list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Result<Self, Found>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Ok(items))
    }
}

impl<V: DeserializeOwned> Shape for Pairs<V> {
    fn mapping<'de, A: MapAccess<'de>>(mut mapping: A) -> Result<Result<Self, Found>, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = mapping.next_entry()? {
            pairs.push(pair);
        }
        Ok(Ok(Self(pairs)))
    }
}

impl Shape for Json {
    fn nothing() -> Result<Self, Found> {
        Ok(Self(Value::Null))
    }

    fn scalar(scalar: Scalar) -> Result<Self, Found> {
        Ok(Self(match scalar {
            Scalar::Text(text) => Value::String(text),
            Scalar::Plain(value) => value,
        }))
    }

    fn list<'de, A: SeqAccess<'de>>(list: A) -> Result<Result<Self, Found>, A::Error> {
        let list = Value::deserialize(de::value::SeqAccessDeserializer::new(list))?;
        Ok(Ok(Self(list)))
    }

    fn mapping<'de, A: MapAccess<'de>>(mapping: A) -> Result<Result<Self, Found>, A::Error> {
        let mapping = Value::deserialize(de::value::MapAccessDeserializer::new(mapping))?;
        Ok(Ok(Self(mapping)))
    }
}

impl<T: DeserializeOwned> Shape for Keys<T> {
    fn mapping<'de, A: MapAccess<'de>>(mapping: A) -> Result<Result<Self, Found>, A::Error> {
        let (mut keys, mut unknown, mut known) = (Vec::new(), Vec::new(), [].as_slice());
        let fields = T::deserialize(Sorter {
            mapping,
            keys: &mut keys,
            unknown: &mut unknown,
            known: &mut known,
        })?;
        Ok(Ok(Self {
            fields,
            keys,
            unknown,
            known,
        }))
    }
}

impl<'de, T: Shape> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Given::deserialize(deserializer).map(|given| Self(Some(given)))
    }
}

impl<'de, T: Shape> Deserialize<'de> for Given<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Loose<T>>::deserialize(deserializer)?;
        Ok(Self {
            value: spanned.value.0,
            // Where the value is written, not where an alias repeats it.
            at: spanned.defined,
        })
    }
}

struct Loose<T>(Result<T, Found>);

impl<'de, T: Shape> Deserialize<'de> for Loose<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LooseVisitor(PhantomData))
    }
}

struct LooseVisitor<T>(PhantomData<T>);

/// Each method takes what comes, so that none fails for the kind of a value.
impl<'de, T: Shape> Visitor<'de> for LooseVisitor<T> {
    type Value = Loose<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number, true, false, null, a list or a mapping")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Loose(T::nothing()))
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(Loose(T::nothing()))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Loose(T::scalar(Scalar::Plain(value.into()))))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Loose(T::scalar(Scalar::Plain(value.into()))))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Loose(T::scalar(Scalar::Plain(value.into()))))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Loose(T::scalar(Scalar::Plain(value.into()))))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Loose(T::scalar(Scalar::Text(value.to_owned()))))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        T::list(list).map(Loose)
    }

    fn visit_map<A: MapAccess<'de>>(self, mapping: A) -> Result<Self::Value, A::Error> {
        T::mapping(mapping).map(Loose)
    }
}

/// Gives a struct its fields, and keeps aside the keys that are none.
struct Sorter<'a, A> {
    mapping: A,
    keys: &'a mut Vec<(String, Location)>,
    unknown: &'a mut Vec<(String, Location)>,
    known: &'a mut &'static [&'static str],
}

impl<'de, A: MapAccess<'de>> Deserializer<'de> for Sorter<'_, A> {
    type Error = A::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        *self.known = fields;
        visitor.visit_map(self)
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_map(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string
        bytes byte_buf option unit unit_struct newtype_struct seq tuple
        tuple_struct map enum identifier ignored_any
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Sorter<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Self::Error> {
        while let Some(key) = self.mapping.next_key::<Spanned<String>>()? {
            let (name, at) = (key.value, key.defined);
            if self.known.contains(&name.as_str()) {
                self.keys.push((name.clone(), at));
                let name: StringDeserializer<A::Error> = name.into_deserializer();
                return seed.deserialize(name).map(Some);
            }
            self.mapping.next_value::<IgnoredAny>()?;
            self.unknown.push((name, at));
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, Self::Error> {
        self.mapping.next_value_seed(seed)
    }
}
