use serde::Serialize;

/// A part of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Phase {
    /// Looking up the name.
    Dns,
    /// Making the TCP connection.
    Connect,
    /// The TLS handshake.
    Tls,
    /// From the request to the first byte of the answer.
    FirstByte,
    /// Reading the answer's body.
    Body,
}

impl Phase {
    /// What was being done, for a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Phase::Dns => "while looking up the name",
            Phase::Connect => "while connecting",
            Phase::Tls => "during the TLS handshake",
            Phase::FirstByte => "while waiting for the answer",
            Phase::Body => "while reading the answer's body",
        }
    }
}
