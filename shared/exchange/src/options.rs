use std::{fmt, time::Duration};

use crate::{ConnectTo, Resolve};

/// How a request is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Ask for a compressed answer. It is not decompressed here.
    pub compressed: bool,
    /// The time for a connection, TLS included; None or zero: 300 s.
    pub connect_timeout: Option<Duration>,
    /// The time of each request, from its start to the end of its answer;
    /// None: 300 s, zero: no limit.
    pub max_time: Option<Duration>,
    /// Where to connect instead. The first that fits holds.
    pub connect_to: Vec<ConnectTo>,
    /// Addresses of names. The last that fits holds.
    pub resolve: Vec<Resolve>,
    /// The version of HTTP to ask in.
    pub version: Wanted,
    /// Trust any certificate.
    pub insecure: bool,
    /// The only authorities to trust, in PEM; None: the client's own ones.
    pub authorities: Option<Vec<u8>>,
    /// What this side proves itself with.
    pub identity: Option<Identity>,
    /// The addresses to use; None: any.
    pub family: Option<Family>,
    /// What to do about redirects.
    pub redirects: Redirects,
    /// So many redirects are followed; None: no limit.
    pub max_redirects: Option<u32>,
    /// Leave `.` and `..` in the path.
    pub path_as_is: bool,
    /// User and password of basic authentication, unless a header
    /// `Authorization` is there.
    pub user: Option<(String, String)>,
    /// Headers besides the request's own ones.
    pub headers: Vec<(String, String)>,
}

/// The patience that `hurl` has where nothing is said.
/// <https://hurl.dev/docs/manual.html#max-time>
const PATIENCE: Duration = Duration::from_secs(300);

impl Options {
    /// The time for a connection: zero is no time that anybody means.
    pub(crate) fn patience(&self) -> Duration {
        let set = self.connect_timeout.filter(|time| !time.is_zero());
        set.unwrap_or(PATIENCE)
    }

    /// The time of one request; None: there is no limit but the run's.
    pub(crate) fn limit(&self) -> Option<Duration> {
        match self.max_time {
            None => Some(PATIENCE),
            Some(Duration::ZERO) => None,
            set => set,
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            compressed: false,
            connect_timeout: None,
            max_time: None,
            connect_to: Vec::new(),
            resolve: Vec::new(),
            version: Wanted::Auto,
            insecure: false,
            authorities: None,
            identity: None,
            family: None,
            redirects: Redirects::No,
            max_redirects: Some(50),
            path_as_is: false,
            user: None,
            headers: Vec::new(),
        }
    }
}

/// A version of HTTP to ask in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Wanted {
    /// HTTP/2 where TLS agrees on it, else HTTP/1.1.
    #[default]
    Auto,
    /// HTTP/1.0.
    Http10,
    /// HTTP/1.1.
    Http11,
    /// As [`Wanted::Auto`]: HTTP/2 can only be agreed on over TLS.
    Http2,
}

/// What to do about redirects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Redirects {
    /// Leave them.
    #[default]
    No,
    /// Follow them, and send credentials to the first origin only.
    Follow,
    /// Follow them, and send credentials everywhere.
    FollowTrusted,
}

/// A family of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

/// What this side proves itself with.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Identity {
    /// Its certificate in PEM, and those of the authorities between.
    pub certificate: Vec<u8>,
    /// Its key in PEM. Empty: it is in the certificate's file.
    pub key: Vec<u8>,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity { .. }")
    }
}
