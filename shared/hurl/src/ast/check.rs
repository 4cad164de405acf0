use super::{Multiline, Placeholder, Setting, Template};
use crate::{Span, Spanned};

/// A line of `[Captures]`: `name: query filters`.
#[derive(Debug, Clone, PartialEq)]
pub struct Capture {
    /// The variable that is set.
    pub name: Template,
    /// What of the answer.
    pub query: Query,
    /// What is made of it.
    pub filters: Vec<Filter>,
    /// Whether the value is a secret from here on.
    pub redact: bool,
    /// The whole line.
    pub span: Span,
}

/// A line of `[Asserts]`: `query filters predicate`.
#[derive(Debug, Clone, PartialEq)]
pub struct Assert {
    /// What of the answer.
    pub query: Query,
    /// What is made of it.
    pub filters: Vec<Filter>,
    /// What must hold.
    pub predicate: Predicate,
    /// The whole line.
    pub span: Span,
}

/// What is taken of an answer, with its place.
pub type Query = Spanned<QueryKind>;

/// What is taken of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum QueryKind {
    /// The status.
    Status,
    /// The version of HTTP: `1.0`, `1.1`, `2`.
    Version,
    /// The URL that answered, after redirects.
    Url,
    /// A header's values.
    Header(Template),
    /// A cookie that the answer sets, or one of its attributes.
    Cookie(CookieQuery),
    /// The body as text.
    Body,
    /// The body's bytes, decompressed.
    Bytes,
    /// The body's bytes as they came.
    RawBytes,
    /// XPath 1.0 on an XML or HTML body.
    XPath(Template),
    /// JSONPath (RFC 9535) on a JSON body.
    JsonPath(Template),
    /// The first group of a regular expression on the body.
    Regex(Pattern),
    /// A variable's value.
    Variable(Template),
    /// How long the answer took, in milliseconds.
    Duration,
    /// The body's SHA-256.
    Sha256,
    /// The body's MD5.
    Md5,
    /// A field of the server's certificate.
    Certificate(CertificateField),
    /// The address that answered.
    Ip,
    /// The answers that redirected, before the last one.
    Redirects,
}

/// `"name"` or `"name[Attribute]"`.
#[derive(Debug, Clone, PartialEq)]
pub struct CookieQuery {
    /// The cookie's name.
    pub name: Template,
    /// The attribute; absent: its value.
    pub attribute: Option<Spanned<CookieAttribute>>,
}

/// An attribute of a cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is what it is called (RFC 6265)")]
pub enum CookieAttribute {
    Value,
    Expires,
    MaxAge,
    Domain,
    Path,
    Secure,
    HttpOnly,
    SameSite,
}

/// A field of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is what it is called (RFC 5280)")]
pub enum CertificateField {
    Subject,
    Issuer,
    StartDate,
    ExpireDate,
    SerialNumber,
    SubjectAltName,
    /// The certificate in PEM.
    Value,
}

/// A regular expression: a text that becomes one when it is used, or one
/// between slashes.
#[derive(Debug, Clone, PartialEq)]
pub enum Pattern {
    /// `"…"`.
    Text(Template),
    /// `/…/`.
    Literal(Regex),
}

/// A regular expression, compiled.
#[derive(Debug, Clone)]
pub struct Regex(pub regex::Regex);

impl PartialEq for Regex {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

/// What is made of a value, with its place.
pub type Filter = Spanned<FilterKind>;

/// What is made of a value.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "each is the filter of its name")]
pub enum FilterKind {
    Base64Decode,
    Base64Encode,
    Base64UrlSafeDecode,
    Base64UrlSafeEncode,
    CharsetDecode(Template),
    Count,
    DateFormat(Template),
    DaysAfterNow,
    DaysBeforeNow,
    /// The old name of `charsetDecode`.
    Decode(Template),
    First,
    /// The old name of `dateFormat`.
    Format(Template),
    HtmlEscape,
    HtmlUnescape,
    JsonPath(Template),
    Last,
    Location,
    Nth(Setting<i64>),
    Regex(Pattern),
    Replace {
        old: Template,
        new: Template,
    },
    ReplaceRegex {
        pattern: Pattern,
        new: Template,
    },
    Split(Template),
    ToDate(Template),
    ToFloat,
    ToHex,
    ToInt,
    ToString,
    UrlDecode,
    UrlEncode,
    UrlQueryParam(Template),
    Utf8Decode,
    Utf8Encode,
    XPath(Template),
}

/// What must hold of a value.
#[derive(Debug, Clone, PartialEq)]
pub struct Predicate {
    /// Whether it is turned round.
    pub not: bool,
    /// What must hold.
    pub kind: PredicateKind,
    /// Its place, `not` included.
    pub span: Span,
}

/// What must hold of a value.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "each is the predicate of its name")]
pub enum PredicateKind {
    Equal(Operand),
    NotEqual(Operand),
    Greater(Operand),
    GreaterOrEqual(Operand),
    Less(Operand),
    LessOrEqual(Operand),
    StartsWith(Operand),
    EndsWith(Operand),
    Contains(Operand),
    Includes(Operand),
    Matches(Operand),
    Exists,
    IsBoolean,
    IsCollection,
    IsDate,
    IsEmpty,
    IsFloat,
    IsInteger,
    IsIpv4,
    IsIpv6,
    IsIsoDate,
    IsList,
    IsNumber,
    IsObject,
    IsString,
    IsUuid,
}

/// What a value is compared with, and its place.
pub type Operand = Spanned<OperandValue>;

/// What a value is compared with.
#[derive(Debug, Clone, PartialEq)]
pub enum OperandValue {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string between quotes, or between single backquotes.
    Text(Template),
    /// A string of several lines.
    Multiline(Multiline),
    /// A variable's value, of whatever type it is.
    Placeholder(Placeholder),
    /// `/…/`.
    Regex(Regex),
    /// `base64,…;`, decoded.
    Base64(Vec<u8>),
    /// `hex,…;`, decoded.
    Hex(Vec<u8>),
    /// `file,name;`.
    File(Template),
}

/// A number.
#[derive(Debug, Clone, PartialEq)]
pub enum Number {
    /// A whole number.
    Integer(i64),
    /// A whole number beyond that, in its digits.
    Big(String),
    /// Any other.
    Float(f64),
}
