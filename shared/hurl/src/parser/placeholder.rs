use super::{Parsed, Parser, string::Style};
use crate::{
    Problem, Spanned,
    ast::{Expression, Placeholder},
};

impl Parser<'_> {
    /// `{{name}}`, if it comes next: outside of strings.
    pub(super) fn placeholder(&mut self) -> Parsed<Option<Placeholder>> {
        let start = self.at;
        if !self.eat("{{") {
            return Ok(None);
        }
        self.spaces();
        let expression = self.expression()?;
        self.spaces();
        if !self.eat("}}") {
            return Err(self.expected("expected }} after the variable's name"));
        }
        Ok(Some(Spanned::new(expression, self.span_from(start))))
    }

    /// `{{name}}` inside of a string, whose braces come next. As in the `hurl`
    /// command it ends at the second closing brace, and what stands between the
    /// name and that brace means nothing.
    pub(super) fn placeholder_in(&mut self, style: Style) -> Parsed<Placeholder> {
        let start = self.at;
        self.eat("{{");
        let content = self.at;
        let mut closing = 0;
        while closing < 2 {
            match self.peek() {
                Some(b'}') => {
                    closing += 1;
                    self.at += 1;
                }
                Some(b'\\') if style != Style::Lines => self.escape_in(style)?,
                Some(byte) if !style.ends_at(byte) => {
                    self.at += 1;
                    self.eat_while(|b| b != b'}' && b != b'\\' && !style.ends_at(b));
                    self.skip_to_boundary();
                }
                _ => {
                    let span = self.span_from(start);
                    let message = "the placeholder is not closed, expected }}";
                    return Err(Problem::new(span, message).with_remedy(match style {
                        Style::Lines => "for braces themselves, use the hint raw",
                        Style::Json => "for braces themselves, write \\u007b\\u007b",
                        _ => "for braces themselves, write \\u{7b}\\u{7b}",
                    }));
                }
            }
        }
        let end = self.at;
        self.at = content;
        self.spaces();
        let expression = self.expression()?;
        self.at = end;
        Ok(Spanned::new(expression, self.span_from(start)))
    }

    /// A variable's name, or a function's.
    fn expression(&mut self) -> Parsed<Expression> {
        match self.variable_name() {
            "" => Err(self.expected("expected a variable's name: letters, digits, - and _")),
            "newUuid" => Ok(Expression::NewUuid),
            "newDate" => Ok(Expression::NewDate),
            name => Ok(Expression::Variable(name.to_owned())),
        }
    }

    pub(super) fn variable_name(&mut self) -> &str {
        self.eat_chars(|c| c.is_alphanumeric() || c == '_' || c == '-')
    }

    /// Goes on to the boundary of a character.
    pub(super) fn skip_to_boundary(&mut self) {
        while !self.text.is_char_boundary(self.at) {
            self.at += 1;
        }
    }
}
