use super::{Placeholder, Template};
use crate::Span;

/// The body of a request, or the one that an answer must have.
#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    /// Its place.
    pub span: Span,
    /// What it is.
    pub content: Content,
}

/// What a body is written as.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// JSON, which may hold placeholders.
    Json(Json),
    /// XML, from its first to its last angle bracket, as written.
    Xml(String),
    /// One line between single backquotes.
    Line(Template),
    /// Lines between three backquotes.
    Multiline(Multiline),
    /// `base64,…;`, decoded.
    Base64(Vec<u8>),
    /// `hex,…;`, decoded.
    Hex(Vec<u8>),
    /// `file,name;`.
    File(Template),
}

/// A JSON value in its own writing, white space included, cut where something
/// has to be filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct Json {
    /// The pieces, in order.
    pub pieces: Vec<JsonPiece>,
}

/// A piece of a JSON value.
#[derive(Debug, Clone, PartialEq)]
pub enum JsonPiece {
    /// Source text as it is, escapes and all.
    Text(String),
    /// A placeholder between the quotes of a string: its text, escaped.
    InString(Placeholder),
    /// A placeholder where a value stands: its value as JSON.
    Value(Placeholder),
}

/// A string of several lines.
#[derive(Debug, Clone, PartialEq)]
pub struct Multiline {
    /// What the word after the backquotes says.
    pub kind: MultilineKind,
    /// The text, from the first line on; `raw` has no placeholders.
    pub text: Template,
    /// `variables { … }` of a GraphQL query.
    pub variables: Option<Json>,
}

/// The kind of a string of several lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MultilineKind {
    /// Nothing is said: text.
    Text,
    /// `json`.
    Json,
    /// `xml`.
    Xml,
    /// `raw`: no placeholders, no escapes.
    Raw,
    /// `graphql`.
    GraphQl,
}
