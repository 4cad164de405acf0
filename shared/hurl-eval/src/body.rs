//! Bodies that are sent, or that an answer must have.

use hurl::{
    Span,
    ast::{Body, Content, Multiline, MultilineKind, Template},
};

use crate::{
    Around, Fault, Variables, escape,
    json::{self, Space},
    text,
};

/// The bytes of a body that is sent.
///
/// # Errors
/// A variable that isn't there or can't stand there, a file that isn't there.
pub fn body(body: &Body, variables: &Variables, around: &Around<'_>) -> Result<Vec<u8>, Fault> {
    match rendered(body, variables, around)? {
        Rendered::Text(text) => Ok(text.into_bytes()),
        Rendered::Bytes(bytes) => Ok(bytes),
    }
}

/// A body, as it is compared with an answer's.
pub(crate) enum Rendered {
    /// With its text.
    Text(String),
    /// With its bytes.
    Bytes(Vec<u8>),
}

pub(crate) fn rendered(
    body: &Body,
    variables: &Variables,
    around: &Around<'_>,
) -> Result<Rendered, Fault> {
    Ok(match &body.content {
        Content::Json(json) => Rendered::Text(json::json(json, Space::Kept, variables, around)?),
        Content::Xml(text) => Rendered::Text(text.clone()),
        Content::Line(template) => Rendered::Text(text::text(template, variables, around)?),
        Content::Multiline(lines) => Rendered::Text(multiline(lines, variables, around)?),
        Content::Base64(bytes) | Content::Hex(bytes) => Rendered::Bytes(bytes.clone()),
        Content::File(name) => Rendered::Bytes(file(name, variables, around)?),
    })
}

/// A string of several lines; GraphQL becomes the JSON that is sent for it.
pub(crate) fn multiline(
    lines: &Multiline,
    variables: &Variables,
    around: &Around<'_>,
) -> Result<String, Fault> {
    if lines.kind == MultilineKind::Raw {
        return Ok(text::template_source(&lines.text));
    }
    let text = text::text(&lines.text, variables, around)?;
    if lines.kind != MultilineKind::GraphQl {
        return Ok(text);
    }
    let query = escape::json(text.trim());
    match &lines.variables {
        None => Ok(format!(r#"{{"query":"{query}"}}"#)),
        Some(values) => {
            let values = json::json(values, Space::Removed, variables, around)?;
            Ok(format!(r#"{{"query":"{query}","variables":{values}}}"#))
        }
    }
}

/// The content of a file.
pub(crate) fn file(
    name: &Template,
    variables: &Variables,
    around: &Around<'_>,
) -> Result<Vec<u8>, Fault> {
    let span: Span = name.span;
    let name = text::text(name, variables, around)?;
    match around.files.get(&name) {
        Some(Ok(bytes)) => Ok(bytes.clone()),
        Some(Err(why)) => Err(Fault::new(span, format!("the file {name:?}: {why}"))),
        None => Err(Fault::new(span, format!("the file {name:?} was not read"))),
    }
}

#[cfg(test)]
mod tests;
