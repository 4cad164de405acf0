use super::{Parsed, Parser};
use crate::{
    Problem,
    ast::{Json, JsonPiece, Placeholder},
};

/// What a value is inside of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Container {
    Array,
    Object,
}

/// What comes after something was read.
enum Next {
    Value,
    After,
}

/// A JSON value that grows: pieces, and where the next one begins.
pub(super) struct JsonPieces {
    done: Vec<JsonPiece>,
    text: String,
    from: usize,
}

impl JsonPieces {
    /// Adds a placeholder. `start` is its first byte.
    pub(super) fn placeholder(
        &mut self,
        parser: &Parser<'_>,
        start: usize,
        piece: fn(Placeholder) -> JsonPiece,
        placeholder: Placeholder,
    ) {
        self.flush(parser, start);
        self.done.push(piece(placeholder));
        self.from = parser.at;
    }

    /// Ends the present piece of text before `end`.
    fn flush(&mut self, parser: &Parser<'_>, end: usize) {
        self.text.push_str(parser.slice(self.from, end));
        if !self.text.is_empty() {
            let text = std::mem::take(&mut self.text);
            self.done.push(JsonPiece::Text(text));
        }
    }
}

impl Parser<'_> {
    /// A JSON value, which must come next. The space after it is not read.
    pub(super) fn json(&mut self) -> Parsed<Json> {
        let mut pieces = JsonPieces {
            done: Vec::new(),
            text: String::new(),
            from: self.at,
        };
        // What is open: not on the stack, since the text decides how much it is.
        let mut open = Vec::new();
        let mut next = Next::Value;
        loop {
            next = match next {
                Next::Value => self.json_value(&mut open, &mut pieces)?,
                Next::After => match open.last() {
                    None => break,
                    Some(container) => self.json_after(*container, &mut open, &mut pieces)?,
                },
            };
        }
        pieces.flush(self, self.at);
        Ok(Json {
            pieces: pieces.done,
        })
    }

    /// A simple value, or the beginning of one that holds others.
    fn json_value(&mut self, open: &mut Vec<Container>, pieces: &mut JsonPieces) -> Parsed<Next> {
        let start = self.at;
        if let Some(placeholder) = self.placeholder()? {
            pieces.placeholder(self, start, JsonPiece::Value, placeholder);
            return Ok(Next::After);
        }
        match self.peek() {
            Some(b'"') => self.json_string(pieces)?,
            Some(b'-' | b'0'..=b'9') => self.json_number(pieces)?,
            Some(b'[') => {
                self.eat("[");
                self.json_space();
                if !self.eat("]") {
                    open.push(Container::Array);
                    return Ok(Next::Value);
                }
            }
            Some(b'{') => {
                self.eat("{");
                self.json_space();
                if !self.eat("}") {
                    open.push(Container::Object);
                    self.json_key(pieces)?;
                    return Ok(Next::Value);
                }
            }
            _ if self.eat("null") || self.eat("true") || self.eat("false") => {}
            Some(b',' | b']' | b'}') => {
                return Err(self.expected("expected a JSON value before this"));
            }
            _ => return Err(Problem::new(self.word(), "expected a JSON value")),
        }
        Ok(Next::After)
    }

    /// What comes after a value inside of another: a comma and the next value,
    /// or the end.
    fn json_after(
        &mut self,
        container: Container,
        open: &mut Vec<Container>,
        pieces: &mut JsonPieces,
    ) -> Parsed<Next> {
        self.json_space();
        let (closing, expected) = match container {
            Container::Array => ("]", "expected a comma or ] in the JSON array"),
            Container::Object => ("}", "expected a comma or } in the JSON object"),
        };
        if self.eat(closing) {
            open.pop();
            return Ok(Next::After);
        }
        let comma = self.here();
        if !self.eat(",") {
            return Err(self.expected(expected));
        }
        self.json_space();
        if self.sees(closing) {
            let message = format!("expected a value after the comma, or {closing} without it");
            return Err(Problem::new(comma, message));
        }
        if container == Container::Object {
            self.json_key(pieces)?;
        }
        Ok(Next::Value)
    }

    /// A key, its colon and the spaces around that.
    fn json_key(&mut self, pieces: &mut JsonPieces) -> Parsed<()> {
        if self.peek() != Some(b'"') {
            let message = "expected a key of the JSON object, in double quotes";
            return Err(Problem::new(self.word(), message));
        }
        self.json_string(pieces)?;
        self.json_space();
        if !self.eat(":") {
            return Err(self.expected("expected a colon after the key of the JSON object"));
        }
        self.json_space();
        Ok(())
    }

    fn json_number(&mut self, pieces: &mut JsonPieces) -> Parsed<()> {
        self.eat("-");
        if !self.eat("0") && self.eat_while(|b| b.is_ascii_digit()).is_empty() {
            return Err(self.expected("expected a digit"));
        }
        if self.eat(".") && self.eat_while(|b| b.is_ascii_digit()).is_empty() {
            return Err(self.expected("expected digits after the decimal point"));
        }
        if self.eat("E") {
            // As the `hurl` command sends it.
            pieces.text.push_str(self.slice(pieces.from, self.at - 1));
            pieces.text.push('e');
            pieces.from = self.at;
        } else if !self.eat("e") {
            return Ok(());
        }
        let _ = self.eat("-") || self.eat("+");
        self.eat_while(|b| b.is_ascii_digit());
        Ok(())
    }

    fn json_space(&mut self) {
        self.eat_while(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r'));
    }
}
