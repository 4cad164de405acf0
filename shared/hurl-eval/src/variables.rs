use std::collections::{BTreeMap, BTreeSet};

use hurl::ast::Number;

use crate::{Redactor, Value};

/// The variables of one file's run.
#[derive(Debug, Clone, Default)]
pub struct Variables {
    values: BTreeMap<String, Value>,
    secrets: BTreeSet<String>,
}

/// A variable can't be set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadVariable {
    /// The name belongs to a function.
    #[error("{0:?} is the name of a function; call the variable something else")]
    Reserved(String),
    /// There is no name.
    #[error("a variable needs a name; write name=value")]
    Name,
}

/// The names of functions, in use or to come.
const RESERVED: [&str; 3] = ["getEnv", "newDate", "newUuid"];

impl Variables {
    /// No variables.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a variable. One that was a secret is none from here on, but the
    /// text that it was stays one.
    ///
    /// # Errors
    /// The name is empty, or a function's.
    pub fn insert(&mut self, name: impl Into<String>, value: Value) -> Result<(), BadVariable> {
        let name = name.into();
        if name.is_empty() {
            return Err(BadVariable::Name);
        }
        if RESERVED.contains(&name.as_str()) {
            return Err(BadVariable::Reserved(name));
        }
        self.values.insert(name, value);
        Ok(())
    }

    /// Sets a variable whose text must never be shown.
    ///
    /// # Errors
    /// The name is empty, or a function's.
    pub fn insert_secret(
        &mut self,
        name: impl Into<String>,
        text: impl Into<String>,
    ) -> Result<(), BadVariable> {
        let text = text.into();
        // Secret whatever becomes of the name.
        self.secrets.insert(text.clone());
        self.insert(name, Value::Text(text))
    }

    /// Sets a variable to what a capture found. `hurl` lets a capture have a
    /// function's name, and so do we; a placeholder still means the function.
    pub fn capture(&mut self, name: impl Into<String>, value: Value) {
        self.values.insert(name.into(), value);
    }

    /// Sets a variable to what a capture found, and never shows it.
    pub fn capture_secret(&mut self, name: impl Into<String>, text: impl Into<String>) {
        let text = text.into();
        self.secrets.insert(text.clone());
        self.capture(name, Value::Text(text));
    }

    /// Never shows a text, whether or not a variable has it.
    pub fn hide_text(&mut self, text: impl Into<String>) {
        self.secrets.insert(text.into());
    }

    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// Every text that must not be shown.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        self.secrets.iter().map(String::as_str)
    }

    /// The value in `name=value`, as the `hurl` command reads `--variable`: null,
    /// true, false, an integer, a number, a string in double quotes, or a string.
    /// A double quote that is not closed, which `hurl` refuses, belongs to the
    /// string.
    pub fn parse_value(text: &str) -> Value {
        match text {
            "null" => return Value::Null,
            "true" => return Value::Bool(true),
            "false" => return Value::Bool(false),
            _ => {}
        }
        if let Ok(n) = text.parse::<i64>() {
            Value::Number(Number::Integer(n))
        } else if text.chars().all(char::is_numeric) {
            // The empty text too: `hurl` takes it for a number without digits.
            Value::Number(Number::Big(text.to_owned()))
        } else if let Ok(f) = text.parse::<f64>() {
            Value::Number(Number::Float(f))
        } else {
            let quoted = text.strip_prefix('"').and_then(|t| t.strip_suffix('"'));
            Value::Text(quoted.unwrap_or(text).to_owned())
        }
    }

    /// A text with every secret in it replaced by `***`, also where it stands
    /// in base64, in hexadecimal digits, or escaped for a URL, JSON or HTML.
    pub(crate) fn hide(&self, text: &str) -> String {
        Redactor::new(self.secrets()).text(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_the_type_that_their_text_has() {
        let cases = [
            ("null", "null"),
            ("true", "boolean <true>"),
            ("42", "integer <42>"),
            ("+42", "integer <42>"),
            ("-1", "integer <-1>"),
            ("99999999999999999999", "integer <99999999999999999999>"),
            ("1.5", "float <1.5>"),
            ("1e3", "float <1000.0>"),
            ("inf", "float <inf>"),
            ("", "integer <>"),
            ("\"42\"", "string <42>"),
            ("\"abc", "string <\"abc>"),
            ("\"", "string <\">"),
            ("abc", "string <abc>"),
            ("a=b", "string <a=b>"),
            (" 42", "string < 42>"),
        ];
        for (text, expected) in cases {
            assert_eq!(Variables::parse_value(text).to_string(), expected, "{text}");
        }
    }

    #[test]
    fn names_of_functions_are_taken() {
        let mut variables = Variables::new();
        for name in RESERVED {
            let refused = variables.insert(name, Value::Null);
            assert_eq!(refused, Err(BadVariable::Reserved(name.to_owned())));
        }
        assert_eq!(variables.insert("", Value::Null), Err(BadVariable::Name));
    }

    #[test]
    fn a_secret_stays_hidden_when_its_name_is_used_again() {
        let mut variables = Variables::new();
        variables.insert_secret("token", "s3cr3t-t0k3n").unwrap();
        variables.insert("token", Value::Bool(true)).unwrap();
        assert_eq!(variables.get("token"), Some(&Value::Bool(true)));
        assert_eq!(variables.hide("a s3cr3t-t0k3n b"), "a *** b");
        assert_eq!(variables.secrets().collect::<Vec<_>>(), ["s3cr3t-t0k3n"]);
    }
}
