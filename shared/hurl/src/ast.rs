//! The syntax tree. Space and comments are gone; everything that a message may
//! have to point at has its [`Span`].

mod body;
mod check;
mod option;
mod template;

pub use self::{
    body::{Body, Content, Json, JsonPiece, Multiline, MultilineKind},
    check::{
        Assert, Capture, CertificateField, CookieAttribute, CookieQuery, Filter, FilterKind,
        Number, Operand, OperandValue, Pattern, Predicate, PredicateKind, Query, QueryKind, Regex,
    },
    option::{Count, EntryOption, OptionKind, Setting, VariableValue, Verbosity},
    template::{Expression, Pair, Piece, Placeholder, Template},
};

use crate::{Span, Spanned};

/// A whole file: its entries, in order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct File {
    /// The entries.
    pub entries: Vec<Entry>,
}

/// A request, and what its answer must be.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The line of the request.
    pub span: Span,
    /// The request.
    pub request: Request,
    /// What the answer must be; absent: nothing is said of it.
    pub response: Option<Response>,
}

/// A request. Sections that are absent are empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The method, as written: upper-case letters.
    pub method: Spanned<String>,
    /// The URL.
    pub url: Template,
    /// The headers, in order.
    pub headers: Vec<Pair>,
    /// `[Options]`, in order.
    pub options: Vec<EntryOption>,
    /// `[Query]`, also written `[QueryStringParams]`.
    pub query: Vec<Pair>,
    /// `[Form]`, also written `[FormParams]`.
    pub form: Vec<Pair>,
    /// `[Multipart]`, also written `[MultipartFormData]`.
    pub multipart: Vec<Part>,
    /// `[Cookies]`.
    pub cookies: Vec<Pair>,
    /// `[BasicAuth]`: user and password.
    pub basic_auth: Option<Pair>,
    /// The body.
    pub body: Option<Body>,
}

/// A part of a multipart form.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// A name and a text.
    Field(Pair),
    /// A name and a file.
    File(FilePart),
}

/// A file as a part of a multipart form: `key: file,name; type`.
#[derive(Debug, Clone, PartialEq)]
pub struct FilePart {
    /// The part's name.
    pub key: Template,
    /// The file's name.
    pub file: Template,
    /// Its media type; absent: as the file's name has it.
    pub content_type: Option<Template>,
    /// The whole line.
    pub span: Span,
}

/// What an answer must be.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// The line of version and status.
    pub span: Span,
    /// The version of HTTP.
    pub version: Spanned<Version>,
    /// The status; None is `*`, any.
    pub status: Spanned<Option<u64>>,
    /// Headers that it must carry.
    pub headers: Vec<Pair>,
    /// `[Captures]`.
    pub captures: Vec<Capture>,
    /// `[Asserts]`.
    pub asserts: Vec<Assert>,
    /// The body that it must have.
    pub body: Option<Body>,
}

/// A version of HTTP that an answer must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Version {
    /// `HTTP`: any.
    Any,
    /// `HTTP/1.0`.
    Http10,
    /// `HTTP/1.1`.
    Http11,
    /// `HTTP/2`.
    Http2,
    /// `HTTP/3`.
    Http3,
}
