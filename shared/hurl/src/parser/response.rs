use super::{Parsed, Parser};
use crate::{
    Problem, Spanned,
    ast::{Response, Version},
};

/// The spellings of a version after `HTTP`, and what they mean.
const VERSIONS: [(&str, Version); 4] = [
    ("/1.0", Version::Http10),
    ("/1.1", Version::Http11),
    ("/2", Version::Http2),
    ("/3", Version::Http3),
];

impl Parser<'_> {
    /// What the answer must be, if the next line says it.
    pub(super) fn response(&mut self) -> Parsed<Option<Response>> {
        self.next_line();
        if !self.sees("HTTP") {
            return Ok(None);
        }
        let start = self.at;
        let version = self.version()?;
        self.some_spaces("expected a space and a status after the version")?;
        let status = self.status()?;
        let span = self.span_from(start);
        self.end_of_line("expected the end of the line after the status")?;
        let mut response = Response {
            span,
            version,
            status,
            headers: self.pairs()?,
            captures: Vec::new(),
            asserts: Vec::new(),
            body: None,
        };
        self.response_sections(&mut response)?;
        response.body = self.body()?;
        Ok(Some(response))
    }

    fn version(&mut self) -> Parsed<Spanned<Version>> {
        let start = self.at;
        self.eat("HTTP");
        if matches!(self.peek(), Some(b' ' | b'\t')) {
            return Ok(Spanned::new(Version::Any, self.span_from(start)));
        }
        for (spelling, version) in VERSIONS {
            if self.eat(spelling) {
                let span = self.span_from(start);
                if version == Version::Http3 {
                    return Err(Problem::new(
                        span,
                        "HTTP/3 can't be demanded: it is not spoken here",
                    )
                    .with_remedy("write HTTP, HTTP/1.1 or HTTP/2"));
                }
                return Ok(Spanned::new(version, span));
            }
        }
        self.at = start;
        let message = "expected HTTP, HTTP/1.0, HTTP/1.1 or HTTP/2, and a status";
        Err(Problem::new(self.word(), message))
    }
}
