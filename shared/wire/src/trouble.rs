use std::{error::Error, fmt, io, time::Duration};

use rustls::{AlertDescription, CertificateError, InvalidMessage};
use verdict::shorten;

use crate::{Phase, QUOTE, span};

/// Why a request got no answer. Every error of the transport becomes one of
/// these, here and nowhere else.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The name has no address.
    #[error("no address for {host}: {why}")]
    Dns {
        /// The name that was looked up.
        host: String,
        /// What the resolver said.
        why: String,
    },
    /// Nothing listens there.
    #[error("connection refused")]
    Refused,
    /// The other side broke the connection off.
    #[error("connection reset {}", .0.words())]
    Reset(Phase),
    /// The other side closed the connection before it had said all.
    #[error("connection closed {}", .0.words())]
    ClosedEarly(Phase),
    /// There is no way to the address.
    #[error("unreachable: {0}")]
    Unreachable(String),
    /// No end within the time that there was.
    #[error("no answer after {}, {}", span(*.after), .phase.words())]
    Timeout {
        /// What was being done.
        phase: Phase,
        /// That time.
        after: Duration,
    },
    /// The server's certificate is not to be trusted.
    #[error("certificate {0}")]
    Certificate(Certificate),
    /// The server doesn't speak TLS.
    #[error("no TLS: the server answered with something else")]
    NotTls,
    /// The TLS handshake failed for another reason.
    #[error("TLS failed: {0}")]
    Tls(String),
    /// The answer is not what the protocol allows.
    #[error("no valid answer: {0}")]
    BadAnswer(String),
    /// HTTP/2 failed, or is not spoken.
    #[error("HTTP/2 failed: {0}")]
    Http2(String),
    /// This side could not open or use a socket.
    #[error("{0}")]
    Local(String),
    /// What is wanted can't be turned into a request.
    #[error("no request can be made: {0}")]
    Impossible(String),
}

/// Why a certificate is not to be trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Certificate {
    /// It is for other names.
    #[error("is not for {wanted}{}", names_words(.names))]
    WrongName {
        /// The name that was asked for.
        wanted: String,
        /// The names that it is for.
        names: Vec<String>,
    },
    /// No authority that is trusted has signed it.
    #[error("is signed by an authority that is not trusted")]
    UnknownAuthority,
    /// Its time is over.
    #[error("has expired")]
    Expired,
    /// Its time has not come.
    #[error("is not valid yet")]
    NotYetValid,
    /// Its authority has taken it back.
    #[error("is revoked")]
    Revoked,
    /// Another reason.
    #[error("is not valid: {0}")]
    Other(String),
}

impl Trouble {
    /// Classifies an I/O error, and the TLS error that may be in it.
    pub fn of_io(error: &io::Error, phase: Phase) -> Self {
        if let Some(tls) = find::<rustls::Error>(error) {
            return Self::of_tls(tls);
        }
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Trouble::Refused,
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::NotConnected => Trouble::Reset(phase),
            io::ErrorKind::UnexpectedEof => Trouble::ClosedEarly(phase),
            io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::NetworkDown
            | io::ErrorKind::AddrNotAvailable
            | io::ErrorKind::PermissionDenied
            // What the kernel calls a timeout is its own, after many tries.
            | io::ErrorKind::TimedOut => Trouble::Unreachable(plain(error)),
            _ => Trouble::Local(plain(error)),
        }
    }

    /// Classifies a TLS error.
    pub fn of_tls(error: &rustls::Error) -> Self {
        match error {
            rustls::Error::InvalidCertificate(why) => Trouble::Certificate(certificate(why)),
            rustls::Error::InvalidMessage(
                InvalidMessage::InvalidContentType | InvalidMessage::UnknownProtocolVersion,
            ) => Trouble::NotTls,
            rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => {
                Trouble::Tls("the server wants a client certificate".to_owned())
            }
            rustls::Error::AlertReceived(AlertDescription::NoApplicationProtocol)
            | rustls::Error::NoApplicationProtocol => {
                Trouble::Tls("the server doesn't offer this version of HTTP (ALPN)".to_owned())
            }
            rustls::Error::AlertReceived(alert) => {
                Trouble::Tls(format!("the server refused the handshake ({alert:?})"))
            }
            other => Trouble::Tls(plain(other)),
        }
    }

    /// Classifies an error of the HTTP exchange.
    pub fn of_hyper(error: &hyper::Error, phase: Phase) -> Self {
        if let Some(io) = find::<io::Error>(error) {
            return Self::of_io(io, phase);
        }
        if error.is_parse() {
            return Trouble::BadAnswer(chain(error));
        }
        if error.is_incomplete_message() || error.is_closed() || error.is_canceled() {
            return Trouble::ClosedEarly(phase);
        }
        match error.source() {
            // hyper has no public name for an error of HTTP/2.
            Some(source) if error.to_string().starts_with("http2") => Trouble::Http2(chain(source)),
            _ => Trouble::BadAnswer(chain(error)),
        }
    }

    /// The same where HTTP/2 was spoken without asking: a server that doesn't
    /// know it often hangs up.
    pub fn over_http2(self) -> Self {
        match self {
            Trouble::Reset(Phase::FirstByte) | Trouble::ClosedEarly(Phase::FirstByte) => {
                Trouble::Http2(self.to_string())
            }
            other => other,
        }
    }
}

fn certificate(error: &CertificateError) -> Certificate {
    match error {
        CertificateError::NotValidForName => Certificate::WrongName {
            wanted: "the name that was asked for".to_owned(),
            names: Vec::new(),
        },
        CertificateError::NotValidForNameContext {
            expected,
            presented,
        } => Certificate::WrongName {
            wanted: expected.to_str().into_owned(),
            names: presented.iter().map(|name| bare(name)).collect(),
        },
        CertificateError::UnknownIssuer => Certificate::UnknownAuthority,
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Certificate::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            Certificate::NotYetValid
        }
        CertificateError::Revoked => Certificate::Revoked,
        other => Certificate::Other(plain(other)),
    }
}

/// A name as people write it, from `DnsName("shop.example.com")`.
fn bare(name: &str) -> String {
    match name.split_once("(\"") {
        Some((_, rest)) => rest.trim_end_matches("\")").to_owned(),
        None => name.to_owned(),
    }
}

fn names_words(names: &[String]) -> String {
    match names {
        [] => String::new(),
        names => format!(", it is for {}", shorten(&names.join(", "), QUOTE)),
    }
}

/// The first error of a kind in a chain of causes. An I/O error hands on the
/// source of what it wraps, but not what it wraps.
fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        if let Some(inner) = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
        {
            next = Some(inner);
            continue;
        }
        next = error.source();
    }
    None
}

/// An error and its causes in one line, without those that only say again what the one
/// before has said.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    shorten(&text, QUOTE)
}

fn plain(error: &dyn fmt::Display) -> String {
    shorten(&error.to_string(), QUOTE)
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::ServerName;

    use super::*;

    #[test]
    fn a_table_of_io_errors() {
        use io::ErrorKind as Kind;
        for (kind, words) in [
            (Kind::ConnectionRefused, "connection refused"),
            (
                Kind::ConnectionReset,
                "connection reset while waiting for the answer",
            ),
            (
                Kind::BrokenPipe,
                "connection reset while waiting for the answer",
            ),
            (
                Kind::UnexpectedEof,
                "connection closed while waiting for the answer",
            ),
            (Kind::HostUnreachable, "unreachable: host unreachable"),
            (Kind::TimedOut, "unreachable: timed out"),
            (Kind::OutOfMemory, "out of memory"),
        ] {
            let trouble = Trouble::of_io(&io::Error::from(kind), Phase::FirstByte);
            assert_eq!(trouble.to_string(), words);
        }
    }

    #[test]
    fn a_table_of_tls_errors() {
        use rustls::Error as Tls;
        let wrong_name = CertificateError::NotValidForNameContext {
            expected: ServerName::try_from("10.0.0.7").unwrap(),
            presented: vec![
                "DnsName(\"shop.example.com\")".into(),
                "*.example.com".into(),
            ],
        };
        for (error, words) in [
            (
                Tls::InvalidCertificate(wrong_name),
                "certificate is not for 10.0.0.7, it is for shop.example.com, *.example.com",
            ),
            (
                Tls::InvalidCertificate(CertificateError::UnknownIssuer),
                "certificate is signed by an authority that is not trusted",
            ),
            (
                Tls::InvalidCertificate(CertificateError::Expired),
                "certificate has expired",
            ),
            (
                Tls::InvalidMessage(InvalidMessage::InvalidContentType),
                "no TLS: the server answered with something else",
            ),
            (
                Tls::AlertReceived(AlertDescription::HandshakeFailure),
                "TLS failed: the server refused the handshake (HandshakeFailure)",
            ),
        ] {
            // As tokio-rustls hands it on.
            let trouble = Trouble::of_io(
                &io::Error::new(io::ErrorKind::InvalidData, error),
                Phase::Tls,
            );
            assert_eq!(trouble.to_string(), words);
        }
    }

    #[test]
    fn a_timeout_says_what_was_being_done() {
        let trouble = Trouble::Timeout {
            phase: Phase::Body,
            after: Duration::from_secs(10),
        };
        assert_eq!(
            trouble.to_string(),
            "no answer after 10 s, while reading the answer's body"
        );
    }
}
