use std::{cmp::Ordering, fmt};

use chrono::{DateTime, Utc};
use hurl::ast::{Number, Regex};

use crate::number;

/// A value of a Hurl file.
#[derive(Debug, Clone)]
pub enum Value {
    /// Null.
    Null,
    /// True or false.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A time.
    Date(DateTime<Utc>),
    /// Several values.
    List(Vec<Value>),
    /// Values with names, sorted by name, each name once.
    Object(Vec<(String, Value)>),
    /// So many nodes of XML or HTML.
    Nodes(usize),
    /// A regular expression.
    Regex(Regex),
    /// There, and nothing more: a cookie's attribute `Secure`.
    Present,
    /// An answer that redirected: where it was, and its status and target.
    Redirect {
        /// The URL that was asked.
        url: String,
        /// The status.
        status: u16,
        /// Where it led to, as an absolute URL.
        location: Option<String>,
    },
}

impl Value {
    /// What messages call its type.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(Number::Float(_)) => "float",
            Value::Number(_) => "integer",
            Value::Text(_) => "string",
            Value::Bytes(_) => "bytes",
            Value::Date(_) => "date",
            Value::List(_) => "list",
            Value::Object(_) => "object",
            Value::Nodes(_) => "nodeset",
            Value::Regex(_) => "regex",
            Value::Present => "presence",
            Value::Redirect { .. } => "redirect",
        }
    }

    /// The text that a placeholder becomes; None: a value of this type can't
    /// stand in a text.
    pub fn text(&self) -> Option<String> {
        match self {
            Value::Null => Some("null".to_owned()),
            Value::Bool(b) => Some(b.to_string()),
            Value::Number(n) => Some(number::text(n)),
            Value::Text(s) => Some(s.clone()),
            Value::Date(d) => Some(d.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()),
            _ => None,
        }
    }

    /// Numbers, texts and dates have an order among their own.
    pub(crate) fn order(&self, other: &Value) -> Order {
        match (self, other) {
            (Value::Text(a), Value::Text(b)) => Order::Known(a.cmp(b)),
            (Value::Date(a), Value::Date(b)) => Order::Known(a.cmp(b)),
            (Value::Number(a), Value::Number(b)) => {
                number::order(a, b).map_or(Order::None, Order::Known)
            }
            _ => Order::Mismatch,
        }
    }
}

/// How two values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// So.
    Known(Ordering),
    /// One of them is not a number.
    None,
    /// Their types don't fit each other.
    Mismatch,
}

/// As `==` has it: numbers by value, everything else within its type. Regular
/// expressions and redirects equal nothing.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Value::Null, Value::Null) | (Value::Present, Value::Present) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Number(a), Value::Number(b)) => number::order(a, b) == Some(Ordering::Equal),
            (Value::Text(a), Value::Text(b)) => a == b,
            (Value::Bytes(a), Value::Bytes(b)) => a == b,
            (Value::Date(a), Value::Date(b)) => a == b,
            (Value::List(a), Value::List(b)) => a == b,
            (Value::Object(a), Value::Object(b)) => a == b,
            (Value::Nodes(a), Value::Nodes(b)) => a == b,
            _ => false,
        }
    }
}

/// The type and the value: `integer <3>`, `string <abc>`, `null`.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null | Value::Present => f.write_str(self.kind()),
            _ => {
                write!(f, "{} <", self.kind())?;
                self.plain(f)?;
                f.write_str(">")
            }
        }
    }
}

impl Value {
    /// The value without its type.
    fn plain(&self, f: &mut dyn fmt::Write) -> fmt::Result {
        match self {
            Value::Null | Value::Present => f.write_str(self.kind()),
            Value::Bool(b) => write!(f, "{b}"),
            Value::Number(n) => f.write_str(&number::text(n)),
            Value::Text(s) => f.write_str(s),
            Value::Bytes(bytes) => bytes.iter().try_for_each(|b| write!(f, "{b:02x}")),
            Value::Date(d) => write!(f, "{d}"),
            Value::Nodes(n) => write!(f, "{n}"),
            Value::Regex(regex) => write!(f, "/{}/", regex.0.as_str()),
            Value::List(values) => {
                f.write_str("[")?;
                for (n, value) in values.iter().enumerate() {
                    if n > 0 {
                        f.write_str(", ")?;
                    }
                    value.plain(f)?;
                }
                f.write_str("]")
            }
            Value::Object(members) => {
                f.write_str("{")?;
                for (n, (name, value)) in members.iter().enumerate() {
                    if n > 0 {
                        f.write_str(", ")?;
                    }
                    write!(f, "{name}: ")?;
                    value.plain(f)?;
                }
                f.write_str("}")
            }
            Value::Redirect {
                url,
                status,
                location,
            } => match location {
                Some(location) => write!(f, "{status} from {url} to {location}"),
                None => write!(f, "{status} from {url}"),
            },
        }
    }
}
