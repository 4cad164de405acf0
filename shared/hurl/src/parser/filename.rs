use super::{Parsed, Parser, escape::Escapes, template::Pieces};
use crate::{Problem, ast::Template};

impl Parser<'_> {
    /// `file,name;`, if it comes next: the name.
    pub(super) fn file_name(&mut self) -> Parsed<Option<Template>> {
        if !self.eat("file,") {
            return Ok(None);
        }
        self.spaces();
        let name = self.path(Escapes::File)?;
        self.spaces();
        self.semicolon("expected a semicolon after the file's name")?;
        Ok(Some(name))
    }

    pub(super) fn semicolon(&mut self, message: &str) -> Parsed<()> {
        if self.eat(";") {
            return Ok(());
        }
        Err(self.expected(message))
    }

    /// The name of a file: a space and some signs in it need a backslash.
    pub(super) fn path(&mut self, escapes: Escapes) -> Parsed<Template> {
        let start = self.at;
        if self.peek() == Some(b'[') {
            let problem = self.expected("expected a file's name, which can't begin with a bracket");
            return Err(problem.with_remedy("write ./ before it"));
        }
        let mut pieces = Pieces::default();
        loop {
            let text = self.eat_chars(|c| !ends(c));
            pieces.push_str(text);
            if self.peek() == Some(b'\\') {
                let c = self.escape(escapes)?;
                // This colon is the name's; one without a backslash parts the
                // name from the password, so the backslash must stay.
                if c == ':' && escapes == Escapes::FilePassword {
                    pieces.push('\\');
                }
                pieces.push(c);
            } else if let Some(placeholder) = self.placeholder()? {
                pieces.placeholder(placeholder);
            } else if text.is_empty() {
                break;
            }
        }
        if self.at == start {
            return Err(Problem::new(self.word(), "expected a file's name"));
        }
        Ok(pieces.template(self.span_from(start)))
    }
}

fn ends(c: char) -> bool {
    matches!(c, '#' | ';' | '{' | '}' | ' ' | '\n' | '\r' | '\\')
}
