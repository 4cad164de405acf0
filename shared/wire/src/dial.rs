use std::{
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use tokio::{
    net::{TcpStream, lookup_host},
    time::{Instant, timeout},
};

use crate::{Phase, Trouble};

/// A host without the brackets that IPv6 wears in a URL.
pub fn bare_host(host: &str) -> &str {
    host.strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host)
}

/// The address of a host that is one, with or without brackets.
pub fn literal(host: &str, port: u16) -> Option<SocketAddr> {
    let ip: IpAddr = bare_host(host).parse().ok()?;
    Some(SocketAddr::new(ip, port))
}

/// The addresses of a name, each once, at least one.
///
/// # Errors
/// [`Trouble::Dns`].
pub async fn lookup(host: &str, port: u16) -> Result<Vec<SocketAddr>, Trouble> {
    let none = |why: String| Trouble::Dns {
        host: host.to_owned(),
        why,
    };
    let found = lookup_host((bare_host(host), port))
        .await
        .map_err(|error| none(resolver_words(&error)))?;
    let mut addresses: Vec<SocketAddr> = Vec::new();
    for address in found {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    if addresses.is_empty() {
        return Err(none("the name has none".to_owned()));
    }
    Ok(addresses)
}

/// A TCP connection to the first address that accepts one before `until`. What
/// `started` is, a time-out is measured from.
///
/// # Errors
/// Why the last address did not accept.
pub async fn dial(
    addresses: &[SocketAddr],
    until: Instant,
    started: Instant,
) -> Result<TcpStream, Trouble> {
    let mut last = None;
    for (index, address) in addresses.iter().enumerate() {
        let left = addresses.len() - index;
        let limit = share(until.saturating_duration_since(Instant::now()), left);
        match timeout(limit, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // A request is one small write, and waiting for more to send
                // with it would be measured.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(error)) => last = Some(Trouble::of_io(&error, Phase::Connect)),
            Err(_) => {
                last = Some(Trouble::Timeout {
                    phase: Phase::Connect,
                    after: started.elapsed(),
                });
            }
        }
    }
    Err(last.unwrap_or_else(|| Trouble::Local("there is no address to connect to".to_owned())))
}

/// The time of one address, so that one that never answers leaves time for
/// those after it and for the request. The last address has all that is left.
fn share(remaining: Duration, left: usize) -> Duration {
    match u32::try_from(left) {
        Ok(0 | 1) => remaining,
        Ok(left) => remaining / left.saturating_add(1),
        Err(_) => Duration::ZERO,
    }
}

fn resolver_words(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.strip_prefix("failed to lookup address information: ");
    text.map_or_else(|| error.to_string(), str::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_its_share() {
        let ten = Duration::from_secs(10);
        assert_eq!(share(ten, 1), ten);
        assert_eq!(share(ten, 4), Duration::from_secs(2));
        assert_eq!(share(Duration::ZERO, 4), Duration::ZERO);
    }

    #[test]
    fn a_table_of_literals() {
        for (host, address) in [
            ("10.0.0.7", Some("10.0.0.7:80")),
            ("::1", Some("[::1]:80")),
            ("[::1]", Some("[::1]:80")),
            ("localhost", None),
            ("[::1", None),
        ] {
            let found = literal(host, 80).map(|found| found.to_string());
            assert_eq!(found.as_deref(), address, "{host}");
        }
    }

    #[tokio::test]
    async fn a_name_without_an_address_is_told() {
        // No resolver needs to be asked about this one.
        let trouble = lookup("no..name", 80).await.unwrap_err();
        assert!(matches!(trouble, Trouble::Dns { .. }), "{trouble}");
    }
}
