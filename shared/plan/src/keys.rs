/// The kinds of probes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Http,
    Tcp,
    Grpc,
}

/// All kinds, in the order they are documented.
pub(crate) const KINDS: [Kind; 3] = [Kind::Http, Kind::Tcp, Kind::Grpc];

/// The keys of every probe.
const COMMON: [&str; 5] = ["name", "through", "healthy", "every", "timeout"];

impl Kind {
    /// The key that makes a probe one of this kind.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Tcp => "tcp",
            Self::Grpc => "grpc",
        }
    }

    /// Whether a probe of this kind may have this key.
    pub(crate) fn takes(self, key: &str) -> bool {
        let own: &[&str] = match self {
            Self::Http => &["http", "method", "headers", "http-version", "ca", "expect"],
            Self::Tcp => &["tcp"],
            Self::Grpc => &["grpc", "tls", "authority", "ca"],
        };
        COMMON.contains(&key) || own.contains(&key)
    }
}

/// Names that no variable of smoke tests may have: the gate sets the first two,
/// the others are functions of Hurl, in use or to come.
pub(crate) const RESERVED: [&str; 5] = ["base_url", "host", "newUuid", "newDate", "getEnv"];
