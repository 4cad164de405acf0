use hurl_eval::Answer;

/// A request, with everything in it rendered.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method, as it is sent.
    pub method: String,
    /// The URL as it is written, with its scheme.
    pub url: String,
    /// What is added to the URL's query. A name is sent as it is, a value
    /// percent-encoded.
    pub query: Vec<(String, String)>,
    /// Headers, in order. A header whose value is empty is sent empty.
    pub headers: Vec<(String, String)>,
    /// Cookies of this request, besides those of the jar.
    pub cookies: Vec<(String, String)>,
    /// User and password of basic authentication.
    pub basic_auth: Option<(String, String)>,
    /// What is sent after the headers.
    pub payload: Payload,
}

/// What a request carries.
#[derive(Debug, Clone)]
pub enum Payload {
    /// Nothing.
    Empty,
    /// Bytes as they are.
    Bytes {
        /// The bytes.
        bytes: Vec<u8>,
        /// The media type that the body's kind implies. A header
        /// `Content-Type` wins.
        content_type: Option<String>,
    },
    /// A form in the URL's encoding. A name is sent as it is, a value
    /// percent-encoded.
    Form(Vec<(String, String)>),
    /// A form in parts.
    Multipart(Vec<Part>),
}

/// A part of a form.
#[derive(Debug, Clone)]
pub struct Part {
    /// The field's name.
    pub name: String,
    /// What it holds.
    pub content: Content,
}

/// What a part of a form holds.
#[derive(Debug, Clone)]
pub enum Content {
    /// A text.
    Text(String),
    /// A file.
    File {
        /// Its name, as the server is told.
        name: String,
        /// Its bytes.
        bytes: Vec<u8>,
        /// Its media type.
        content_type: String,
    },
}

/// A request as it went out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The method.
    pub method: String,
    /// The URL that was asked, its query included.
    pub url: String,
    /// All headers, in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// A request and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// What went out.
    pub sent: Sent,
    /// What came back.
    pub answer: Answer,
}
