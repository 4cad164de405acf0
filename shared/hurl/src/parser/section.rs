use wording::{nearest, quoted};

use super::{Parsed, Parser, line::suggest};
use crate::{
    Problem, Span,
    ast::{Request, Response},
};

/// The sections of a request by their names, each with its older name.
const OF_REQUEST: [(&str, &str); 6] = [
    ("Options", "Options"),
    ("Query", "QueryStringParams"),
    ("Form", "FormParams"),
    ("Multipart", "MultipartFormData"),
    ("Cookies", "Cookies"),
    ("BasicAuth", "BasicAuth"),
];

/// The sections of an answer.
const OF_RESPONSE: [(&str, &str); 2] = [("Captures", "Captures"), ("Asserts", "Asserts")];

impl<'a> Parser<'a> {
    /// The sections of a request.
    pub(super) fn request_sections(&mut self, request: &mut Request) -> Parsed<()> {
        let mut seen = Vec::new();
        while let Some(section) = self.section(&OF_REQUEST, &mut seen)? {
            match section {
                "Options" => request.options = self.options()?,
                "Query" => request.query = self.pairs()?,
                "Form" => request.form = self.pairs()?,
                "Multipart" => request.multipart = self.parts()?,
                "Cookies" => request.cookies = self.pairs()?,
                _ => request.basic_auth = self.only_pair()?,
            }
        }
        Ok(())
    }

    /// The sections of an answer.
    pub(super) fn response_sections(&mut self, response: &mut Response) -> Parsed<()> {
        let mut seen = Vec::new();
        while let Some(section) = self.section(&OF_RESPONSE, &mut seen)? {
            match section {
                "Captures" => response.captures = self.captures()?,
                _ => response.asserts = self.asserts()?,
            }
        }
        Ok(())
    }

    /// The line `[Name]`, if it comes next: which section it opens. Each can be
    /// there once.
    fn section(
        &mut self,
        known: &[(&'static str, &'static str)],
        seen: &mut Vec<&'static str>,
    ) -> Parsed<Option<&'static str>> {
        self.next_line();
        let start = self.at;
        let Some(written) = self.section_name() else {
            return Ok(None);
        };
        let span = self.span_from(start);
        let Some((name, _)) = known
            .iter()
            .find(|(n, old)| *n == written || *old == written)
        else {
            return Err(no_section(written, span, known));
        };
        self.end_of_line("expected the end of the line after the section's name")?;
        if seen.contains(name) {
            let message = format!("expected each section once, but [{name}] is here already");
            return Err(Problem::new(span, message).with_remedy("put its lines into the first one"));
        }
        seen.push(name);
        Ok(Some(name))
    }

    /// The name between brackets. An array in JSON is none, unless it holds a
    /// single word or number.
    fn section_name(&mut self) -> Option<&'a str> {
        let start = self.at;
        if self.eat("[") {
            let name = self.eat_chars(char::is_alphanumeric);
            if !name.is_empty() && self.eat("]") {
                return Some(name);
            }
        }
        self.at = start;
        None
    }
}

fn no_section(written: &str, span: Span, known: &[(&'static str, &'static str)]) -> Problem {
    let is = |(name, old): &(&str, &str)| *name == written || *old == written;
    let is_request = known.iter().any(|(name, _)| *name == "Query");
    if is_request && OF_RESPONSE.iter().any(is) {
        let message = format!("expected a section of a request: [{written}] belongs to an answer");
        return Problem::new(span, message)
            .with_remedy("put a line such as HTTP 200 between the request and it");
    }
    if !is_request && OF_REQUEST.iter().any(is) {
        let message = format!("expected a section of an answer: [{written}] belongs to a request");
        return Problem::new(span, message).with_remedy("put it before the line with HTTP");
    }
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    let message = format!(
        "expected a section such as {}, not {}",
        names.join(", "),
        quoted(written)
    );
    let problem = Problem::new(span, message);
    // An array of one number or word looks like a section, and is taken for one.
    if written.parse::<f64>().is_ok() || matches!(written, "true" | "false" | "null") {
        return problem.with_remedy("for a JSON array, put a space after the bracket");
    }
    suggest(problem, nearest(written, &names))
}
