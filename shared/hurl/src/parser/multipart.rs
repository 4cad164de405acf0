use super::{Parsed, Parser};
use crate::ast::{FilePart, Pair, Part};

impl Parser<'_> {
    /// The lines of `[Multipart]`.
    pub(super) fn parts(&mut self) -> Parsed<Vec<Part>> {
        let mut parts = Vec::new();
        while let Some(part) = self.part()? {
            parts.push(part);
        }
        Ok(parts)
    }

    fn part(&mut self) -> Parsed<Option<Part>> {
        self.next_line();
        let start = self.at;
        let Some(key) = self.key_and_colon() else {
            return Ok(None);
        };
        let part = match self.file_name()? {
            Some(file) => {
                self.spaces();
                let ends = matches!(self.peek(), None | Some(b'#' | b'\n'));
                let content_type = if ends || self.sees("\r\n") {
                    None
                } else {
                    Some(self.unquoted()?)
                };
                Part::File(FilePart {
                    key,
                    file,
                    content_type,
                    span: self.span_from(start),
                })
            }
            None => {
                let value = self.unquoted()?;
                let span = self.span_from(start);
                Part::Field(Pair { key, value, span })
            }
        };
        self.end_of_value()?;
        Ok(Some(part))
    }
}
