//! JSONPath and XPath: from templates to values.

use std::collections::BTreeMap;

use hurl::ast::{Number, Template};
use select::{
    json::{Json, Path, Selected},
    xpath::{Expression, Found, Markup},
};

use crate::{Fault, Value};

/// The JSONPath of a rendered template.
pub(crate) fn jsonpath(template: &Template, rendered: &str) -> Result<Path, Fault> {
    Path::parse(rendered).map_err(|bad| {
        let at = bad.at + 1;
        let what = format!("not a JSONPath: {} at character {at}", bad.message);
        Fault::new(template.span, what)
    })
}

/// The XPath of a rendered template.
pub(crate) fn xpath(template: &Template, rendered: &str) -> Result<Expression, Fault> {
    Expression::parse(rendered)
        .map_err(|e| Fault::new(template.span, format!("not an XPath that is known: {e}")))
}

/// How markup is read.
pub(crate) fn markup(html: bool) -> Markup {
    if html { Markup::Html } else { Markup::Xml }
}

/// Nothing for no node, its value for one, a list for more.
pub(crate) fn selected(selected: Selected) -> Option<Value> {
    let mut nodes = match selected {
        Selected::One(node) => return node.map(value),
        Selected::Many(nodes) => nodes,
    };
    match nodes.len() {
        0 | 1 => nodes.pop().map(value),
        _ => Some(Value::List(nodes.into_iter().map(value).collect())),
    }
}

/// What an XPath found.
pub(crate) fn found(found: Found) -> Value {
    match found {
        Found::Bool(b) => Value::Bool(b),
        Found::Number(f) => Value::Number(Number::Float(f)),
        Found::Text(text) => Value::Text(text),
        Found::Nodes(n) => Value::Nodes(n),
    }
}

/// JSON as a value. It is as deep as its parser lets it be.
fn value(json: Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(b) => Value::Bool(b),
        Json::Integer(n) => Value::Number(Number::Integer(n)),
        Json::Big(digits) => Value::Number(Number::Big(digits)),
        Json::Float(f) => Value::Number(Number::Float(f)),
        Json::Text(text) => Value::Text(text),
        Json::List(elements) => Value::List(elements.into_iter().map(value).collect()),
        Json::Object(members) => {
            // Of a name that stands twice, the last one counts.
            let sorted: BTreeMap<String, Json> = members.into_iter().collect();
            let member = |(name, json)| (name, value(json));
            Value::Object(sorted.into_iter().map(member).collect())
        }
    }
}
