//! Pieces of the tree in a short writing, for tables.

use greenlight_hurl::ast::{
    Assert, Capture, Expression, Filter, FilterKind, Json, JsonPiece, Multiline, Number, Operand,
    OperandValue, Pair, Pattern, Piece, Placeholder, PredicateKind, Query, QueryKind, Setting,
    Template,
};

pub(crate) fn placeholder(placeholder: &Placeholder) -> String {
    match &placeholder.value {
        Expression::Variable(name) => format!("<{name}>"),
        Expression::NewUuid => "<newUuid()>".to_owned(),
        Expression::NewDate => "<newDate()>".to_owned(),
    }
}

/// Text as it is, placeholders in angle brackets, a bar between two texts.
pub(crate) fn template(template: &Template) -> String {
    let mut shown = String::new();
    let mut was_text = false;
    for piece in &template.pieces {
        let is_text = matches!(piece, Piece::Text(_));
        assert!(!(is_text && was_text), "two texts in a row");
        was_text = is_text;
        match piece {
            Piece::Text(text) => {
                assert!(!text.is_empty(), "an empty text");
                shown.push_str(text);
            }
            Piece::Placeholder(p) => shown.push_str(&placeholder(p)),
        }
    }
    shown
}

pub(crate) fn pairs(pairs: &[Pair]) -> Vec<String> {
    let one = |pair: &Pair| format!("{}={}", template(&pair.key), template(&pair.value));
    pairs.iter().map(one).collect()
}

pub(crate) fn json(json: &Json) -> String {
    let piece = |piece: &JsonPiece| match piece {
        JsonPiece::Text(text) => text.clone(),
        JsonPiece::InString(p) => format!("in{}", placeholder(p)),
        JsonPiece::Value(p) => format!("value{}", placeholder(p)),
    };
    json.pieces.iter().map(piece).collect()
}

pub(crate) fn multiline(lines: &Multiline) -> String {
    let mut shown = format!("{:?} {:?}", lines.kind, template(&lines.text));
    if let Some(variables) = &lines.variables {
        shown.push_str(&format!(" variables {}", json(variables)));
    }
    shown
}

fn pattern(pattern: &Pattern) -> String {
    match pattern {
        Pattern::Text(text) => format!("{:?}", template(text)),
        Pattern::Literal(regex) => format!("/{}/", regex.0.as_str()),
    }
}

fn query(query: &Query) -> String {
    let with = |name: &str, text: &Template| format!("{name} {:?}", template(text));
    match &query.value {
        QueryKind::Header(name) => with("Header", name),
        QueryKind::XPath(path) => with("XPath", path),
        QueryKind::JsonPath(path) => with("JsonPath", path),
        QueryKind::Variable(name) => with("Variable", name),
        QueryKind::Regex(regex) => format!("Regex {}", pattern(regex)),
        QueryKind::Cookie(cookie) => match &cookie.attribute {
            Some(attribute) => format!("{} {:?}", with("Cookie", &cookie.name), attribute.value),
            None => with("Cookie", &cookie.name),
        },
        simple => format!("{simple:?}"),
    }
}

fn filter(filter: &Filter) -> String {
    use FilterKind as F;
    let with = |name: &str, text: &Template| format!("{name} {:?}", template(text));
    match &filter.value {
        F::CharsetDecode(text) => with("CharsetDecode", text),
        F::DateFormat(text) => with("DateFormat", text),
        F::Decode(text) => with("Decode", text),
        F::Format(text) => with("Format", text),
        F::JsonPath(text) => with("JsonPath", text),
        F::Split(text) => with("Split", text),
        F::ToDate(text) => with("ToDate", text),
        F::UrlQueryParam(text) => with("UrlQueryParam", text),
        F::XPath(text) => with("XPath", text),
        F::Nth(Setting::Literal(index)) => format!("Nth {index}"),
        F::Nth(Setting::Placeholder(p)) => format!("Nth {}", placeholder(p)),
        F::Regex(regex) => format!("Regex {}", pattern(regex)),
        F::Replace { old, new } => format!("{} {:?}", with("Replace", old), template(new)),
        F::ReplaceRegex { pattern: p, new } => {
            format!("ReplaceRegex {} {:?}", pattern(p), template(new))
        }
        simple => format!("{simple:?}"),
    }
}

fn operand(operand: &Operand) -> String {
    match &operand.value {
        OperandValue::Null => "null".to_owned(),
        OperandValue::Bool(value) => value.to_string(),
        OperandValue::Number(Number::Big(digits)) => format!("big {digits}"),
        OperandValue::Number(number) => format!("{number:?}"),
        OperandValue::Text(text) => format!("{:?}", template(text)),
        OperandValue::Multiline(lines) => multiline(lines),
        OperandValue::Placeholder(p) => placeholder(p),
        OperandValue::Regex(regex) => format!("/{}/", regex.0.as_str()),
        OperandValue::Base64(bytes) => format!("base64 {bytes:02x?}"),
        OperandValue::Hex(bytes) => format!("hex {bytes:02x?}"),
        OperandValue::File(name) => format!("file {:?}", template(name)),
    }
}

fn predicate(kind: &PredicateKind) -> String {
    use PredicateKind as P;
    let (sign, value) = match kind {
        P::Equal(value) => ("==", value),
        P::NotEqual(value) => ("!=", value),
        P::Greater(value) => (">", value),
        P::GreaterOrEqual(value) => (">=", value),
        P::Less(value) => ("<", value),
        P::LessOrEqual(value) => ("<=", value),
        P::StartsWith(value) => ("StartsWith", value),
        P::EndsWith(value) => ("EndsWith", value),
        P::Contains(value) => ("Contains", value),
        P::Includes(value) => ("Includes", value),
        P::Matches(value) => ("Matches", value),
        simple => return format!("{simple:?}"),
    };
    format!("{sign} {}", operand(value))
}

/// `query | filter | filter | not predicate`.
pub(crate) fn assert(assert: &Assert) -> String {
    let mut shown = query(&assert.query);
    for f in &assert.filters {
        shown.push_str(&format!(" | {}", filter(f)));
    }
    let not = if assert.predicate.not { "not " } else { "" };
    format!("{shown} | {not}{}", predicate(&assert.predicate.kind))
}

/// `name = query | filter | redact`.
pub(crate) fn capture(capture: &Capture) -> String {
    let mut shown = format!("{} = {}", template(&capture.name), query(&capture.query));
    for f in &capture.filters {
        shown.push_str(&format!(" | {}", filter(f)));
    }
    if capture.redact {
        shown.push_str(" | redact");
    }
    shown
}
