use std::time::Duration;

use super::{Number, Placeholder, Template};
use crate::Spanned;

/// A line of `[Options]`, with its place.
pub type EntryOption = Spanned<OptionKind>;

/// What a request is sent with. What can't be done here is no option: it is
/// refused when the file is read.
#[derive(Debug, Clone, PartialEq)]
pub enum OptionKind {
    /// `cacert`: a file of authorities to trust.
    CaCertificate(Template),
    /// `cert`: a file with the client's certificate.
    ClientCertificate(Template),
    /// `key`: a file with the client's key.
    ClientKey(Template),
    /// `compressed`: ask for a compressed answer.
    Compressed(Setting<bool>),
    /// `connect-timeout`.
    ConnectTimeout(Setting<Duration>),
    /// `connect-to`: `host1:port1:host2:port2`.
    ConnectTo(Template),
    /// `delay`: wait before the request.
    Delay(Setting<Duration>),
    /// `header`: one more header, `name: value`.
    Header(Template),
    /// `http1.0`.
    Http10(Setting<bool>),
    /// `http1.1`.
    Http11(Setting<bool>),
    /// `http2`.
    Http2(Setting<bool>),
    /// `insecure`: trust any certificate.
    Insecure(Setting<bool>),
    /// `ipv4`.
    Ipv4(Setting<bool>),
    /// `ipv6`.
    Ipv6(Setting<bool>),
    /// `location`: follow redirects.
    Location(Setting<bool>),
    /// `location-trusted`: follow them, and send credentials to other hosts too.
    LocationTrusted(Setting<bool>),
    /// `max-redirs`.
    MaxRedirects(Setting<Count>),
    /// `max-time`: the time of one request.
    MaxTime(Setting<Duration>),
    /// `path-as-is`: leave `..` in the path.
    PathAsIs(Setting<bool>),
    /// `repeat`: run the entry so often.
    Repeat(Setting<Count>),
    /// `resolve`: `host:port:address`.
    Resolve(Template),
    /// `retry`: so often again after a failure.
    Retry(Setting<Count>),
    /// `retry-interval`.
    RetryInterval(Setting<Duration>),
    /// `skip`: don't run the entry.
    Skip(Setting<bool>),
    /// `user`: `name:password` for basic authentication.
    User(Template),
    /// `variable`: `name=value`, set before the request.
    Variable {
        /// The variable.
        name: String,
        /// Its value.
        value: Box<VariableValue>,
    },
    /// `verbose`, `very-verbose`, `verbosity`: show the exchange. How much.
    Verbose(Setting<Verbosity>),
}

/// What an option says: outright, or through a variable.
#[derive(Debug, Clone, PartialEq)]
pub enum Setting<T> {
    /// Outright.
    Literal(T),
    /// Through a variable of the right type.
    Placeholder(Placeholder),
}

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Count {
    /// So often.
    Finite(u32),
    /// `-1`: without a limit of its own.
    Infinite,
}

/// The value in `variable: name=value`.
#[derive(Debug, Clone, PartialEq)]
pub enum VariableValue {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string, with or without quotes.
    Text(Template),
}

/// How much of an exchange is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verbosity {
    /// Nothing.
    Brief,
    /// Request and answer without their bodies.
    Verbose,
    /// All of it.
    Debug,
}
