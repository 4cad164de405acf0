//! Where a connection goes instead of where the URL says.

use std::{net::IpAddr, str::FromStr};

/// `host1:port1:host2:port2`: what asks for host1 and port1 connects to host2
/// and port2. The name in TLS and in `Host` stays.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ConnectTo {
    from: (Option<String>, Option<u16>),
    to: (Option<String>, Option<u16>),
}

/// `host:port:address`: the addresses of a name, without asking a resolver.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Resolve {
    /// None: any.
    host: Option<String>,
    port: u16,
    addresses: Vec<IpAddr>,
}

/// Why a text is no [`ConnectTo`] or [`Resolve`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadTarget(String);

impl ConnectTo {
    /// Where a connection for this host and port goes; None: it is not meant.
    pub(crate) fn applies(&self, host: &str, port: u16) -> Option<(String, u16)> {
        let (from_host, from_port) = &self.from;
        let same_host = from_host
            .as_ref()
            .is_none_or(|from| from.eq_ignore_ascii_case(host));
        if !same_host || from_port.is_some_and(|from| from != port) {
            return None;
        }
        let (to_host, to_port) = &self.to;
        let to_host = to_host.as_deref().unwrap_or(host);
        Some((to_host.to_owned(), to_port.unwrap_or(port)))
    }
}

impl Resolve {
    /// The addresses, if this host and port are meant.
    pub(crate) fn applies(&self, host: &str, port: u16) -> Option<&[IpAddr]> {
        let own = self
            .host
            .as_ref()
            .is_none_or(|own| own.eq_ignore_ascii_case(host));
        (own && self.port == port).then_some(self.addresses.as_slice())
    }

    /// Whether it is for one host, and not for all.
    pub(crate) fn names_a_host(&self) -> bool {
        self.host.is_some()
    }

    /// Whether it takes the other one's place.
    pub(crate) fn is_for_same(&self, other: &Self) -> bool {
        let same = match (&self.host, &other.host) {
            (Some(own), Some(other)) => own.eq_ignore_ascii_case(other),
            (own, other) => own == other,
        };
        same && self.port == other.port
    }
}

/// Where what asks for this host and port connects to: the first rule that fits
/// holds.
pub(crate) fn place(rules: &[ConnectTo], host: &str, port: u16) -> (String, u16) {
    let other = rules.iter().find_map(|rule| rule.applies(host, port));
    other.unwrap_or_else(|| (host.to_owned(), port))
}

impl FromStr for ConnectTo {
    type Err = BadTarget;

    fn from_str(text: &str) -> Result<Self, BadTarget> {
        let bad = || bad(text, "host1:port1:host2:port2");
        let (from_host, rest) = host(text).ok_or_else(bad)?;
        let (from_port, rest) = rest.split_once(':').ok_or_else(bad)?;
        let (to_host, to_port) = match host(rest) {
            Some(parts) => parts,
            // Without a second port, curl keeps the first one.
            None if !rest.contains(':') => (rest, ""),
            None => return Err(bad()),
        };
        let name = |host: &str| (!host.is_empty()).then(|| host.to_owned());
        Ok(Self {
            from: (name(from_host), port(text, from_port)?),
            to: (name(to_host), port(text, to_port)?),
        })
    }
}

impl FromStr for Resolve {
    type Err = BadTarget;

    fn from_str(text: &str) -> Result<Self, BadTarget> {
        let bad = || bad(text, "host:port:address");
        // A plus sign only says when curl forgets the addresses again.
        let plain = text.strip_prefix('+').unwrap_or(text);
        if plain.starts_with('-') {
            return Err(BadTarget(format!(
                "{text:?} takes a name's addresses away, which is not supported: leave it out"
            )));
        }
        let (name, rest) = host(plain).ok_or_else(bad)?;
        let (port_text, addresses) = rest.split_once(':').ok_or_else(bad)?;
        let port = port(text, port_text)?.ok_or_else(bad)?;
        let mut found = Vec::new();
        for address in addresses.split(',') {
            let address = address.trim();
            let plain = wire::bare_host(address);
            found.push(plain.parse().map_err(|_| {
                BadTarget(format!(
                    "{address:?} in {text:?} is no IP address; a name can't stand there"
                ))
            })?);
        }
        if name.is_empty() || found.is_empty() {
            return Err(bad());
        }
        Ok(Self {
            host: (name != "*").then(|| name.to_owned()),
            port,
            addresses: found,
        })
    }
}

/// A host, without its brackets, and what comes after its colon.
fn host(text: &str) -> Option<(&str, &str)> {
    match text.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']')?;
            Some((host, rest.strip_prefix(':')?))
        }
        None => text.split_once(':'),
    }
}

fn port(whole: &str, text: &str) -> Result<Option<u16>, BadTarget> {
    if text.is_empty() {
        return Ok(None);
    }
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(port) if digits && port > 0 => Ok(Some(port)),
        _ => Err(BadTarget(format!(
            "{text:?} in {whole:?} is no port: write a number from 1 to 65535"
        ))),
    }
}

fn bad(text: &str, form: &str) -> BadTarget {
    BadTarget(format!(
        "{text:?} is not of the form {form} (IPv6 addresses in brackets)"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_to_connect_to() {
        for (rule, host, port, there) in [
            ("shop:443:10.0.0.7:8443", "SHOP", 443, ("10.0.0.7", 8443)),
            ("shop:443:10.0.0.7:8443", "shop", 80, ("shop", 80)),
            ("::127.0.0.1:81", "shop", 80, ("127.0.0.1", 81)),
            ("shop::[::1]:", "shop", 80, ("::1", 80)),
            ("shop:80:other", "shop", 80, ("other", 80)),
            ("[::1]:80:a:1", "::1", 80, ("a", 1)),
        ] {
            let rules = [rule.parse().unwrap()];
            let (to, at) = place(&rules, host, port);
            assert_eq!((to.as_str(), at), there, "{rule}");
        }
        for bad in [
            "",
            "shop",
            "a:1",
            "a:x:b:1",
            "a:1:b:70000",
            "a:1:b:1:c",
            "a:0:b:1",
            "[a:1:b:1",
        ] {
            assert!(bad.parse::<ConnectTo>().is_err(), "{bad}");
        }
    }

    #[test]
    fn addresses_of_hosts() {
        for (rule, host, port, count) in [
            ("a:1:127.0.0.1,127.0.0.2", "A", 1, Some(2)),
            ("a:1:127.0.0.1,127.0.0.2", "a", 2, None),
            ("a:1:127.0.0.1", "b", 1, None),
            ("+*:80:[::1]", "x", 80, Some(1)),
            ("[::1]:80:127.0.0.1", "::1", 80, Some(1)),
        ] {
            let resolve: Resolve = rule.parse().unwrap();
            let found = resolve.applies(host, port);
            assert_eq!(found.map(<[IpAddr]>::len), count, "{rule}");
        }
        for bad in [
            "",
            "a:1",
            ":1:127.0.0.1",
            "a:b:127.0.0.1",
            "a:1:shop",
            "a:1:",
            "-a:1",
        ] {
            assert!(bad.parse::<Resolve>().is_err(), "{bad}");
        }
    }
}
