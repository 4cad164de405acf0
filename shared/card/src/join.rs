//! Merging without order: the least that has all of both.

use std::collections::BTreeMap;

use events::{Moment, Phase, State};
use serde::{Deserialize, Serialize};

/// What can be merged in any order and any number of times with the same
/// result: merging is commutative, associative and idempotent.
pub trait Join {
    /// Takes in what the other one knows.
    fn join(&mut self, other: Self);
}

/// Of two known values the greater one; something rather than nothing.
impl<T: Ord> Join for Option<T> {
    fn join(&mut self, other: Self) {
        if other > *self {
            *self = other;
        }
    }
}

impl<K: Ord, V: Join> Join for BTreeMap<K, V> {
    fn join(&mut self, other: Self) {
        for (key, value) in other {
            match self.entry(key) {
                std::collections::btree_map::Entry::Vacant(place) => {
                    place.insert(value);
                }
                std::collections::btree_map::Entry::Occupied(mut own) => own.get_mut().join(value),
            }
        }
    }
}

impl Join for bool {
    fn join(&mut self, other: Self) {
        *self |= other;
    }
}

/// Joins a struct field by field.
macro_rules! joins {
    ($($name:ident { $($field:ident),+ $(,)? })+) => {$(
        impl Join for $name {
            fn join(&mut self, other: Self) {
                let Self { $($field),+ } = other;
                $( self.$field.join($field); )+
            }
        }
    )+};
}
pub(crate) use joins;

/// A value, and when it was said: the latest one counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Said<T> {
    /// When.
    pub at: Option<Moment>,
    /// What.
    pub value: T,
}

/// The earliest time that is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Earliest(pub Option<Moment>);

impl Join for Earliest {
    fn join(&mut self, other: Self) {
        self.0 = match (self.0, other.0) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
}

/// Where something stands. An end counts more than anything before it, whatever
/// the clocks say; otherwise the later word counts, and of two in one second
/// the one that comes later in the life of a thing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Standing {
    ended: bool,
    /// Since when.
    pub at: Option<Moment>,
    /// Where in its life.
    pub phase: Phase,
    /// The sender's word.
    pub word: String,
}

impl Standing {
    /// A state that something has since a time.
    pub fn new(state: &State, at: Option<Moment>) -> Self {
        Self {
            ended: state.phase.is_end(),
            at,
            phase: state.phase,
            word: state.word.clone(),
        }
    }
}
