//! A URL as a Hurl file writes it, and what is sent of it. Pure.

use std::fmt::Write as _;

use url::Url;

/// The longest path and query that can be sent, in bytes.
const TARGET_LIMIT: usize = 65_000;

/// A URL, taken apart.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    /// As it is written. Its path is what is sent.
    pub(crate) raw: String,
    /// As it is understood. Its path is what is shown.
    pub(crate) url: Url,
    /// The path and the query that are sent.
    pub(crate) target: String,
    pub(crate) tls: bool,
    /// Without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Address {
    /// Reads a URL. `.` and `..` are taken out of the path, unless it is to be
    /// left as it is.
    pub(crate) fn read(raw: &str, path_as_is: bool) -> Result<Self, String> {
        let Some((tls, rest)) = scheme(raw)? else {
            return Err("the URL has no scheme: begin it with http:// or https://".to_owned());
        };
        if raw.bytes().any(|b| b <= b' ' || b == 0x7F) {
            return Err(
                "the URL holds a space or a control character: write %20 for a space, \
                        or give it as a value in [Query]"
                    .to_owned(),
            );
        }
        let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at_checked(end).unwrap_or((rest, ""));
        if authority.is_empty() {
            return Err("the URL has no host".to_owned());
        }
        // Programs don't agree on where the host is in such a URL.
        if rest.starts_with('\\') {
            return Err("the URL holds a backslash after its host: write /".to_owned());
        }
        let url = Url::parse(raw).map_err(|error| format!("the URL can't be read: {error}"))?;
        let host = url.host_str().unwrap_or_default();
        let host = wire::bare_host(host).to_owned();
        let port = url.port_or_known_default().unwrap_or(80);
        if host.is_empty() {
            return Err("the URL has no host".to_owned());
        }
        if port == 0 {
            return Err("the URL's port is 0, where nothing can listen".to_owned());
        }
        let target = target(rest, path_as_is);
        if target.len() > TARGET_LIMIT {
            return Err(format!(
                "the URL is {} bytes long, and {TARGET_LIMIT} can be sent",
                target.len()
            ));
        }
        Ok(Self {
            raw: raw.to_owned(),
            url,
            target,
            tls,
            host,
            port,
        })
    }

    /// The path that is sent, without the query.
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or("/")
    }

    /// The host as `Host` names it: with a port that is not the scheme's own.
    pub(crate) fn authority(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        match self.url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// User and password in the URL, decoded.
    pub(crate) fn credentials(&self) -> Option<(Vec<u8>, Vec<u8>)> {
        let (user, password) = (self.url.username(), self.url.password());
        if user.is_empty() && password.is_none() {
            return None;
        }
        Some((decode(user), decode(password.unwrap_or_default())))
    }

    /// The same scheme, host and port.
    pub(crate) fn same_origin(&self, other: &Self) -> bool {
        (self.tls, &self.host, self.port) == (other.tls, &other.host, other.port)
    }

    /// Without what may be secret.
    pub(crate) fn shown(&self) -> String {
        let query = if self.target.contains('?') {
            "?…"
        } else {
            ""
        };
        let scheme = self.url.scheme();
        format!("{scheme}://{}{}{query}", self.authority(), self.path())
    }
}

/// The URL with more in its query. Names are taken as they are.
pub(crate) fn with_query(raw: &str, query: &[(String, String)]) -> String {
    if query.is_empty() {
        return raw.to_owned();
    }
    // What comes after a `#` is not looked for: the command doesn't either.
    let joint = match raw {
        raw if raw.ends_with('?') => "",
        raw if raw.contains('?') => "&",
        _ => "?",
    };
    format!("{raw}{joint}{}", encode_pairs(query))
}

/// Pairs as a query or a form: names as they are, values percent-encoded.
pub(crate) fn encode_pairs(pairs: &[(String, String)]) -> String {
    let mut text = String::new();
    for (name, value) in pairs {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        for byte in value.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    text.push(char::from(byte));
                }
                byte => {
                    let _ = write!(text, "%{byte:02X}");
                }
            }
        }
    }
    text
}

/// Whether TLS is spoken, and what comes after the scheme. Only its lower case
/// is known: that is how the command has it.
fn scheme(raw: &str) -> Result<Option<(bool, &str)>, String> {
    if let Some(rest) = raw.strip_prefix("http://") {
        return Ok(Some((false, rest)));
    }
    if let Some(rest) = raw.strip_prefix("https://") {
        return Ok(Some((true, rest)));
    }
    match raw.split_once("://") {
        Some((scheme, _)) if scheme.bytes().all(|b| b.is_ascii_lowercase()) => Err(format!(
            "{scheme}:// is not supported, only http:// and https:// are"
        )),
        _ => Ok(None),
    }
}

/// What is sent, from what comes after the host.
fn target(rest: &str, path_as_is: bool) -> String {
    let rest = rest.split('#').next().unwrap_or_default();
    let (path, query) = match rest.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (rest, None),
    };
    let path = match path {
        "" => "/".to_owned(),
        path if path_as_is => path.to_owned(),
        path => without_dots(path),
    };
    let mut target = String::with_capacity(rest.len());
    for byte in path.bytes() {
        match byte {
            // Not ASCII, or not allowed in a path by any server.
            0x80.. | b'<' | b'>' | b'`' => {
                let _ = write!(target, "%{byte:02x}");
            }
            byte => target.push(char::from(byte)),
        }
    }
    if let Some(query) = query {
        target.push('?');
        for char in query.chars() {
            match char {
                '"' => target.push_str("%22"),
                '<' => target.push_str("%3c"),
                '>' => target.push_str("%3e"),
                char => target.push(char),
            }
        }
    }
    target
}

/// A path without `.` and `..`, as RFC 3986 takes them out (5.2.4).
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            "." | ".." => {
                if segment == ".." {
                    kept.pop();
                }
                if last {
                    kept.push("");
                }
            }
            segment => kept.push(segment),
        }
    }
    format!("/{}", kept.join("/"))
}

fn decode(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let hex = |byte: u8| char::from(byte).to_digit(16);
        let escaped = match (first, after) {
            (b'%', [high, low, after @ ..]) => hex(*high)
                .zip(hex(*low))
                .and_then(|(high, low)| u8::try_from(high * 16 + low).ok())
                .map(|byte| (byte, after)),
            _ => None,
        };
        let (byte, after) = escaped.unwrap_or((first, after));
        bytes.push(byte);
        rest = after;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_table_of_what_is_sent() {
        for (raw, authority, target) in [
            ("http://h", "h", "/"),
            ("http://h?a=b", "h", "/?a=b"),
            ("http://H:80/x", "h", "/x"),
            ("https://h:443/x", "h", "/x"),
            ("https://h:80/x#frag?no", "h:80", "/x"),
            ("http://h:08741/", "h:8741", "/"),
            ("http://[::1]:81/", "[::1]:81", "/"),
            ("http://127.1/", "127.0.0.1", "/"),
            ("http://u:p@h/x", "h", "/x"),
            ("http://h/a/../b/./c", "h", "/b/c"),
            ("http://h/a/..", "h", "/"),
            ("http://h/a/b/..", "h", "/a/"),
            ("http://h/a/.", "h", "/a/"),
            ("http://h/../../x", "h", "/x"),
            ("http://h//a//b", "h", "//a//b"),
            ("http://h/a/%2e%2e/b", "h", "/a/%2e%2e/b"),
            ("http://h/ä?ä=/../x", "h", "/%c3%a4?ä=/../x"),
            ("http://h/\"{}<>|\\^`'", "h", "/\"{}%3c%3e|\\^%60'"),
            ("http://h/?=\"<>{}|\\^`'", "h", "/?=%22%3c%3e{}|\\^`'"),
            ("http://h/{{x}}", "h", "/{{x}}"),
        ] {
            let address = Address::read(raw, false).unwrap();
            assert_eq!(address.authority(), authority, "{raw}");
            assert_eq!(address.target, target, "{raw}");
        }
        let as_it_is = Address::read("http://h/a/../b", true).unwrap();
        assert_eq!(as_it_is.target, "/a/../b");
    }

    #[test]
    fn a_table_of_refusals() {
        let long = format!("http://h/{}", "x".repeat(TARGET_LIMIT));
        for (raw, why) in [
            ("", "no scheme"),
            ("h:80/x", "no scheme"),
            ("HTTP://h/", "no scheme"),
            ("http:/h/", "no scheme"),
            ("ftp://h/", "ftp:// is not supported"),
            ("http://", "no host"),
            ("http:///x", "no host"),
            ("http://h:99999/", "can't be read"),
            ("http://h:0/", "port is 0"),
            ("http://a|b/", "can't be read"),
            ("http://a b/", "a space"),
            ("http://h/a b", "a space"),
            ("http://h/#a b", "a space"),
            ("http://h/a\r\nX: 1", "a space or a control"),
            ("http://good\\@evil/", "backslash"),
            (&long, "65000 can be sent"),
        ] {
            let error = Address::read(raw, false).unwrap_err();
            assert!(error.contains(why), "{raw}: {error}");
        }
    }

    #[test]
    fn a_table_of_queries() {
        let query = [("a b".to_owned(), "c d&=ä+~*".to_owned())];
        for (raw, with) in [
            ("http://h/", "http://h/?a b=c%20d%26%3D%C3%A4%2B~%2A"),
            ("http://h/?", "http://h/?a b=c%20d%26%3D%C3%A4%2B~%2A"),
            ("http://h/?x", "http://h/?x&a b=c%20d%26%3D%C3%A4%2B~%2A"),
        ] {
            assert_eq!(with_query(raw, &query), with);
        }
        assert_eq!(with_query("http://h/?", &[]), "http://h/?");
    }

    #[test]
    fn credentials_are_decoded_and_not_shown() {
        let address = Address::read("http://u%40:p%zz@h/x?token=s3cr3t", false).unwrap();
        let (user, password) = address.credentials().unwrap();
        assert_eq!(
            (user.as_slice(), password.as_slice()),
            (&b"u@"[..], &b"p%zz"[..])
        );
        assert_eq!(address.shown(), "http://h/x?…");
        let without = Address::read("http://h/x", false).unwrap();
        assert_eq!(without.credentials(), None);
    }

    proptest! {
        #[test]
        fn any_url_is_read_or_refused(raw in "(https?://)?\\PC{0,40}", as_is: bool) {
            if let Ok(address) = Address::read(&raw, as_is) {
                prop_assert!(address.target.starts_with('/'));
                let sent: Result<http::uri::PathAndQuery, _> = address.target.parse();
                prop_assert!(sent.is_ok(), "{}", address.target);
            }
        }

        #[test]
        fn dots_are_taken_out_as_browsers_do(path in "(/(\\.|\\.\\.|a|b)?){1,8}") {
            let browser = Url::parse(&format!("http://h{path}")).unwrap();
            let own = Address::read(&format!("http://h{path}"), false).unwrap();
            prop_assert_eq!(own.target, browser.path());
        }
    }
}
