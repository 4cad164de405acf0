//! Which files are needed: they are read before the rest is evaluated.

use hurl::ast::{Body, Content, OperandValue, Part, Request, Response, Template};

use crate::{Around, Fault, Variables, predicate, text};

/// The names of the files that a request needs (body, multipart), rendered.
///
/// # Errors
/// A variable that isn't there or can't stand there.
pub fn files_of_request(
    request: &Request,
    variables: &Variables,
    around: &Around<'_>,
) -> Result<Vec<String>, Fault> {
    let parts = request.multipart.iter().filter_map(|part| match part {
        Part::File(part) => Some(&part.file),
        Part::Field(_) => None,
    });
    let names = parts.chain(file_of(request.body.as_ref()));
    names.map(|name| text(name, variables, around)).collect()
}

/// The names of the files that the checks of an answer need (body,
/// predicates), as far as they can be rendered: a name that can't fails its own
/// check.
///
/// # Errors
/// None at present.
pub fn files_of_response(
    response: &Response,
    variables: &Variables,
    around: &Around<'_>,
) -> Result<Vec<String>, Fault> {
    let operands = response.asserts.iter().filter_map(|assert| {
        match &predicate::operand(&assert.predicate.kind)?.value {
            OperandValue::File(name) => Some(name),
            _ => None,
        }
    });
    let names = operands.chain(file_of(response.body.as_ref()));
    Ok(names
        .filter_map(|name| text(name, variables, around).ok())
        .collect())
}

fn file_of(body: Option<&Body>) -> Option<&Template> {
    match &body?.content {
        Content::File(name) => Some(name),
        _ => None,
    }
}
