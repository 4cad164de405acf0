use super::{Parsed, Parser, escape::Escapes, line::Almost, template::Pieces};
use crate::ast::Template;

impl Parser<'_> {
    /// A key, its colon and the spaces after it. If there is no such thing,
    /// nothing is read: the line is something else.
    pub(super) fn key_and_colon(&mut self) -> Option<Template> {
        let start = self.at;
        match self.key() {
            Ok(Some(key)) => {
                self.spaces();
                if self.eat(":") {
                    self.spaces();
                    return Some(key);
                }
                self.almost = Some(Almost::Colon(start, self.here()));
            }
            Ok(None) => {}
            Err(problem) => self.almost = Some(Almost::Key(start, problem)),
        }
        self.at = start;
        None
    }

    /// Letters and digits of any script, some signs, escapes, placeholders. A
    /// bracket at the start opens a section or an array.
    fn key(&mut self) -> Parsed<Option<Template>> {
        let start = self.at;
        if self.peek() == Some(b'[') {
            return Ok(None);
        }
        let mut pieces = Pieces::default();
        loop {
            let text = self.eat_chars(is_of_key);
            pieces.push_str(text);
            if self.peek() == Some(b'\\') {
                pieces.push(self.escape(Escapes::Key)?);
            } else if let Some(placeholder) = self.placeholder()? {
                pieces.placeholder(placeholder);
            } else if text.is_empty() {
                break;
            }
        }
        if self.at == start {
            return Ok(None);
        }
        Ok(Some(pieces.template(self.span_from(start))))
    }
}

fn is_of_key(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '[' | ']' | '@' | '$')
}
