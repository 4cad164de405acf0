use std::{fmt, time::Duration};

use wire::{Certificate, Phase, span};

use crate::{Call, client::BODY_LIMIT};

/// Why there is no whole answer.
#[derive(Debug)]
pub struct Trouble {
    /// What went wrong.
    pub kind: Kind,
    /// The calls before, if redirects were followed.
    pub calls: Vec<Call>,
    /// What was tried, without what may be secret.
    pub(crate) tried: String,
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Kind {
    /// The connection or the exchange failed, or no request could be made.
    #[error(transparent)]
    Transport(#[from] wire::Trouble),
    /// The time was over.
    #[error("no whole answer after {}, {} ({limit})", span(*.after), .phase.words())]
    Timeout {
        /// What was being done.
        phase: Phase,
        /// Since the request's start.
        after: Duration,
        /// Which time was over.
        limit: Limit,
    },
    /// More redirects than are to be followed.
    #[error("more than {0} redirects")]
    TooManyRedirects(u32),
    /// The answer leads to where no request can go.
    #[error("the redirect can't be followed: {0}")]
    BadRedirect(String),
    /// The answer's body is too large.
    #[error("the answer's body is larger than {} MB", BODY_LIMIT >> 20)]
    TooLarge,
    /// The guard refused the request.
    #[error("not sent: {0}")]
    Refused(String),
    /// An option can't be used.
    #[error("not sent: {0}")]
    BadOption(String),
}

/// A time that ends a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// The run's deadline.
    Deadline,
    /// The option `max-time`.
    MaxTime,
    /// The option `connect-timeout`.
    ConnectTimeout,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Limit::Deadline => "the time for all tests is over",
            Limit::MaxTime => "max-time",
            Limit::ConnectTimeout => "connect-timeout",
        })
    }
}

impl Trouble {
    /// What to do about it, where that is known.
    pub fn remedy(&self) -> Option<&'static str> {
        use wire::Trouble as Transport;
        Some(match &self.kind {
            Kind::Transport(transport) => match transport {
                Transport::Certificate(Certificate::WrongName { .. }) => {
                    "write the URL with the name that the certificate is for, and say with \
                     connect-to or resolve where that is"
                }
                Transport::Certificate(Certificate::UnknownAuthority) => {
                    "give the certificate of that authority in PEM: cacert"
                }
                Transport::Certificate(Certificate::Expired) => "renew the certificate",
                Transport::Unreachable(_) => REACH,
                Transport::Dns { .. } => {
                    "check the name; one that only a VPC knows is not known outside of it"
                }
                Transport::Refused => "nothing listens on that port: check the port",
                Transport::NotTls => "if it speaks plain HTTP, write http://",
                Transport::BadAnswer(_) => {
                    "check the port, and whether the server speaks HTTP there, with or without TLS"
                }
                _ => return None,
            },
            Kind::Timeout {
                phase: Phase::Connect,
                ..
            } => REACH,
            Kind::Timeout {
                limit: Limit::MaxTime,
                ..
            } => "give it more time with max-time, or make it quicker",
            Kind::TooManyRedirects(_) => {
                "look whether they go round in a circle; if they don't, raise max-redirs"
            }
            _ => return None,
        })
    }
}

const REACH: &str = "check that the target can be reached from here: its address, its security \
                     group, and whether it is in a VPC";

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.tried, self.kind)
    }
}

impl std::error::Error for Trouble {}
