use super::{Parsed, Parser};
use crate::{
    Problem,
    ast::{OptionKind, VariableValue},
};

/// Names that functions have.
const RESERVED: [&str; 3] = ["getEnv", "newDate", "newUuid"];

impl Parser<'_> {
    /// `name=value`.
    pub(super) fn variable_option(&mut self) -> Parsed<OptionKind> {
        let start = self.at;
        let name = self.variable_name().to_owned();
        if name.is_empty() {
            let message = "expected a variable's name: letters, digits, - and _";
            return Err(self.expected(message));
        }
        if RESERVED.contains(&name.as_str()) {
            let message = format!("expected another name: {name} is a function");
            return Err(Problem::new(self.span_from(start), message));
        }
        self.spaces();
        if !self.eat("=") {
            return Err(self.expected("expected = after the variable's name"));
        }
        self.spaces();
        let value = Box::new(self.variable_value()?);
        Ok(OptionKind::Variable { name, value })
    }

    /// What looks like a number or a word of JSON is one.
    fn variable_value(&mut self) -> Parsed<VariableValue> {
        if self.eat("null") {
            return self.whole(VariableValue::Null);
        }
        if let Some(value) = self.bool() {
            return self.whole(VariableValue::Bool(value));
        }
        if let Some(number) = self.number()? {
            return self.whole(VariableValue::Number(number));
        }
        Ok(VariableValue::Text(match self.quoted()? {
            Some(template) => template,
            None => self.unquoted()?,
        }))
    }

    /// A value that must be the whole of what is written.
    fn whole(&mut self, value: VariableValue) -> Parsed<VariableValue> {
        match self.peek() {
            None | Some(b' ' | b'\t' | b'\r' | b'\n' | b'#') => Ok(value),
            _ => Err(Problem::new(
                self.word(),
                "expected the end of the value, which begins like a number, true, false or null",
            )
            .with_remedy("put a text like that in double quotes")),
        }
    }
}
