use crate::{Span, Spanned};

/// A text with placeholders: `/items/{{id}}`.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// Its place, without quotes.
    pub span: Span,
    /// Its pieces, in order; escapes are resolved. No text piece is empty, and
    /// none follows another.
    pub pieces: Vec<Piece>,
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// Text as it is.
    Text(String),
    /// What has to be looked up.
    Placeholder(Placeholder),
}

/// `{{name}}`, with its place, braces included.
pub type Placeholder = Spanned<Expression>;

/// What a placeholder asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// A variable's value.
    Variable(String),
    /// `newUuid`: a new random UUID, version 4 (RFC 9562).
    NewUuid,
    /// `newDate`: the time now, in UTC.
    NewDate,
}

/// `key: value`, a header or a line of a section.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// What stands before the colon.
    pub key: Template,
    /// What stands after it.
    pub value: Template,
    /// Both.
    pub span: Span,
}

impl Template {
    /// The text, if there is no placeholder in it.
    pub fn literal(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }
}
