//! An answer's body in the forms that checks ask for, each made once.

use std::{borrow::Cow, cell::OnceCell};

use select::{decode, json::Document};

use crate::Answer;

/// An answer, and what was made of its body so far.
pub(crate) struct Page<'a> {
    pub(crate) answer: &'a Answer,
    bytes: OnceCell<Result<Cow<'a, [u8]>, String>>,
    text: OnceCell<Result<String, String>>,
    json: OnceCell<Result<Document, String>>,
}

impl<'a> Page<'a> {
    pub(crate) fn new(answer: &'a Answer) -> Self {
        Self {
            answer,
            bytes: OnceCell::new(),
            text: OnceCell::new(),
            json: OnceCell::new(),
        }
    }

    /// The body, decompressed as the first `Content-Encoding` says.
    pub(crate) fn bytes(&self) -> Result<&[u8], &str> {
        let made = self.bytes.get_or_init(|| {
            let encodings = self.answer.header("Content-Encoding").next();
            let encodings: Vec<&str> = encodings
                .map(|list| list.split(',').map(str::trim).collect())
                .unwrap_or_default();
            decode::body(&self.answer.body, &encodings)
        });
        made.as_deref().map_err(String::as_str)
    }

    /// The body as text.
    pub(crate) fn text(&self) -> Result<&str, &str> {
        let made = self
            .text
            .get_or_init(|| decode::text(self.bytes()?, self.content_type()));
        made.as_deref().map_err(String::as_str)
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Result<&Document, &str> {
        let made = self.json.get_or_init(|| {
            let text = self.text()?;
            select::json::parse(text).map_err(|e| format!("the body is no JSON: {e}"))
        });
        made.as_ref().map_err(String::as_str)
    }

    /// Whether the answer says that its body is HTML.
    pub(crate) fn is_html(&self) -> bool {
        self.content_type()
            .and_then(|t| t.trim_start().get(..9))
            .is_some_and(|t| t.eq_ignore_ascii_case("text/html"))
    }

    fn content_type(&self) -> Option<&'a str> {
        self.answer.header("Content-Type").next()
    }
}
