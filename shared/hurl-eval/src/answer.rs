use std::{fmt, net::IpAddr, time::Duration};

/// An answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The version of HTTP that it came in.
    pub version: HttpVersion,
    /// The status.
    pub status: u16,
    /// Its headers, in order, names as they came. A value that is not UTF-8 is
    /// read as Latin-1.
    pub headers: Vec<(String, String)>,
    /// Its body, still compressed if it came so.
    pub body: Vec<u8>,
    /// The URL that was asked.
    pub url: String,
    /// From the request's start to the body's end.
    pub duration: Duration,
    /// The address that answered.
    pub ip: IpAddr,
    /// The server's own certificate in DER, over TLS.
    pub certificate: Option<Vec<u8>>,
}

impl Answer {
    /// All values of a header, whatever its name's case.
    pub fn header<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let own = move |(key, _): &&(String, String)| key.eq_ignore_ascii_case(name);
        self.headers.iter().filter(own).map(|(_, v)| v.as_str())
    }
}

/// A version of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HttpVersion {
    /// HTTP/1.0.
    Http10,
    /// HTTP/1.1.
    Http11,
    /// HTTP/2.
    Http2,
}

impl fmt::Display for HttpVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            HttpVersion::Http10 => "HTTP/1.0",
            HttpVersion::Http11 => "HTTP/1.1",
            HttpVersion::Http2 => "HTTP/2",
        })
    }
}
