//! Templates: text with placeholders.

use hurl::ast::{Expression, Pair, Piece, Placeholder, Template};

use crate::{Around, Fault, Value, Variables};

/// Renders a template.
///
/// # Errors
/// A variable that isn't there, or whose value can't stand in a text.
pub fn text(
    template: &Template,
    variables: &Variables,
    around: &Around<'_>,
) -> Result<String, Fault> {
    if let Some(text) = template.literal() {
        return Ok(text.to_owned());
    }
    let mut out = String::new();
    for piece in &template.pieces {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Placeholder(p) => out.push_str(&rendered(p, variables, around)?),
        }
    }
    Ok(out)
}

/// The value of a placeholder: a variable's, or a function's.
///
/// # Errors
/// A variable that isn't there.
pub fn value(
    placeholder: &Placeholder,
    variables: &Variables,
    around: &Around<'_>,
) -> Result<Value, Fault> {
    match &placeholder.value {
        Expression::NewUuid => Ok(Value::Text((around.uuid)())),
        Expression::NewDate => Ok(Value::Date(around.now)),
        Expression::Variable(name) => variables.get(name).cloned().ok_or_else(|| {
            Fault::new(
                placeholder.span,
                format!("the variable {name:?} is not defined"),
            )
            .with_remedy("capture it in an entry before this one, or pass it to the run")
        }),
    }
}

/// Key and value of a pair, rendered.
///
/// # Errors
/// A variable that isn't there, or whose value can't stand in a text.
pub fn pair(
    pair: &Pair,
    variables: &Variables,
    around: &Around<'_>,
) -> Result<(String, String), Fault> {
    let key = text(&pair.key, variables, around)?;
    Ok((key, text(&pair.value, variables, around)?))
}

/// A placeholder's value as text.
pub(crate) fn rendered(
    placeholder: &Placeholder,
    variables: &Variables,
    around: &Around<'_>,
) -> Result<String, Fault> {
    let value = value(placeholder, variables, around)?;
    value.text().ok_or_else(|| {
        let what = format!(
            "{} holds a value of type {}, which can't stand in a text",
            source(placeholder),
            value.kind()
        );
        Fault::new(placeholder.span, what)
            .with_remedy("only a string, number, boolean, date or null can")
    })
}

/// A placeholder as it is written.
pub(crate) fn source(placeholder: &Placeholder) -> String {
    let name = match &placeholder.value {
        Expression::Variable(name) => name,
        Expression::NewUuid => "newUuid",
        Expression::NewDate => "newDate",
    };
    format!("{{{{{name}}}}}")
}

/// A template with its placeholders as they are written.
pub(crate) fn template_source(template: &Template) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Placeholder(placeholder) => source(placeholder),
    };
    template.pieces.iter().map(piece).collect()
}
