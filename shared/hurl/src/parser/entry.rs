use super::{Parsed, Parser};
use crate::{
    Spanned,
    ast::{Entry, File, Request},
};

impl Parser<'_> {
    /// A whole file.
    pub(super) fn entries(&mut self) -> Parsed<File> {
        let mut entries = Vec::new();
        loop {
            self.next_line();
            if self.is_end() {
                return Ok(File { entries });
            }
            entries.push(self.entry()?);
        }
    }

    fn entry(&mut self) -> Parsed<Entry> {
        let request = self.request()?;
        let span = request.method.span.to(request.url.span);
        let response = self.response()?;
        Ok(Entry {
            span,
            request,
            response,
        })
    }

    fn request(&mut self) -> Parsed<Request> {
        let start = self.at;
        let method = self.eat_while(|b| b.is_ascii_alphabetic());
        let method_span = self.span_from(start);
        if method.is_empty() || method.bytes().any(|b| b.is_ascii_lowercase()) {
            self.at = start;
            return Err(self.no_line());
        }
        if !self.spaces() {
            let is_alone = matches!(self.peek(), None | Some(b'\n' | b'\r' | b'#'));
            if !is_alone && self.is_almost(start) {
                self.at = start;
                return Err(self.no_line());
            }
            return Err(self.expected("expected a space and a URL after the method"));
        }
        let url = self.unquoted()?;
        self.end_of_value()?;
        let mut request = Request {
            method: Spanned::new(method.to_owned(), method_span),
            url,
            headers: self.pairs()?,
            options: Vec::new(),
            query: Vec::new(),
            form: Vec::new(),
            multipart: Vec::new(),
            cookies: Vec::new(),
            basic_auth: None,
            body: None,
        };
        self.request_sections(&mut request)?;
        request.body = self.body()?;
        Ok(request)
    }
}
