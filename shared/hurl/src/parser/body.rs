use super::{Parsed, Parser};
use crate::ast::{Body, Content};

impl Parser<'_> {
    /// A body, if the next line begins one.
    pub(super) fn body(&mut self) -> Parsed<Option<Body>> {
        self.next_line();
        let start = self.at;
        let Some(content) = self.content()? else {
            return Ok(None);
        };
        let span = self.span_from(start);
        self.end_of_line("expected the end of the line after the body")?;
        Ok(Some(Body { span, content }))
    }

    fn content(&mut self) -> Parsed<Option<Content>> {
        Ok(Some(match self.peek() {
            Some(b'`') => match self.multiline()? {
                Some(lines) => Content::Multiline(lines),
                None => match self.backquoted()? {
                    Some(line) => Content::Line(line),
                    None => return Ok(None),
                },
            },
            Some(b'<') => Content::Xml(self.xml()?),
            Some(b'{' | b'[' | b'"' | b'-' | b'0'..=b'9') => Content::Json(self.json()?),
            Some(b'n' | b't' | b'f') if self.is_json_word() => Content::Json(self.json()?),
            Some(b'b') => match self.base64()? {
                Some(bytes) => Content::Base64(bytes),
                None => return Ok(None),
            },
            Some(b'h') => match self.hex()? {
                Some(bytes) => Content::Hex(bytes),
                None => return Ok(None),
            },
            Some(b'f') => match self.file_name()? {
                Some(name) => Content::File(name),
                None => return Ok(None),
            },
            _ => return Ok(None),
        }))
    }

    fn is_json_word(&self) -> bool {
        ["null", "true", "false"].iter().any(|word| self.sees(word))
    }
}
