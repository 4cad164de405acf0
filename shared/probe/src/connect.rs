//! A new connection, one phase after the other.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use rustls::{ClientConfig, pki_types::ServerName};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
    time::{Instant, timeout},
};
use tokio_rustls::TlsConnector;

use crate::{
    ask::bare_host,
    classify::Trouble,
    watch::{Phase, Watch},
};

/// A connection, with or without TLS.
pub(crate) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// Where an attempt connects, and when its time is over.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer<'a> {
    pub(crate) host: &'a str,
    pub(crate) port: u16,
    pub(crate) until: Instant,
}

/// How an attempt speaks TLS.
#[derive(Debug, Clone)]
pub(crate) struct TlsWay {
    pub(crate) name: ServerName<'static>,
    pub(crate) config: Arc<ClientConfig>,
}

/// A connection, and whether HTTP/2 was agreed on.
pub(crate) struct Connected {
    pub(crate) io: Box<dyn Io>,
    pub(crate) http2: bool,
}

/// Connects, with TLS where a way for it is given.
pub(crate) async fn connect(
    peer: Peer<'_>,
    tls: Option<&TlsWay>,
    watch: &mut Watch,
) -> Result<Connected, Trouble> {
    let stream = tcp(peer, watch).await?;
    let Some(tls) = tls else {
        return Ok(Connected {
            io: Box::new(stream),
            http2: false,
        });
    };
    watch.enter(Phase::Tls);
    let stream = TlsConnector::from(tls.config.clone())
        .connect(tls.name.clone(), stream)
        .await
        .map_err(|error| Trouble::of_io(&error, Phase::Tls))?;
    let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    Ok(Connected {
        io: Box::new(stream),
        http2,
    })
}

/// A TCP connection to the first address that accepts one.
pub(crate) async fn tcp(peer: Peer<'_>, watch: &mut Watch) -> Result<TcpStream, Trouble> {
    let addresses = resolve(peer, watch).await?;
    watch.enter(Phase::Connect);
    let mut last = None;
    for (index, address) in addresses.iter().enumerate() {
        let left = addresses.len() - index;
        let limit = share(peer.until.saturating_duration_since(Instant::now()), left);
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
                    after: watch.elapsed(),
                });
            }
        }
    }
    Err(last.unwrap_or_else(|| no_address(peer, "the name has none")))
}

async fn resolve(peer: Peer<'_>, watch: &mut Watch) -> Result<Vec<SocketAddr>, Trouble> {
    let host = bare_host(peer.host);
    if let Ok(ip) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, peer.port)]);
    }
    watch.enter(Phase::Dns);
    let found = lookup_host((host, peer.port))
        .await
        .map_err(|error| no_address(peer, &resolver_words(&error)))?;
    let mut addresses: Vec<SocketAddr> = Vec::new();
    for address in found {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    Ok(addresses)
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

fn no_address(peer: Peer<'_>, why: &str) -> Trouble {
    Trouble::Dns {
        host: peer.host.to_owned(),
        why: why.to_owned(),
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

    #[tokio::test]
    async fn a_name_without_an_address_is_told() {
        let peer = Peer {
            // No resolver needs to be asked about this one.
            host: "no..name",
            port: 80,
            until: Instant::now() + Duration::from_secs(5),
        };
        let trouble = tcp(peer, &mut Watch::start()).await.unwrap_err();
        assert!(matches!(trouble, Trouble::Dns { .. }), "{trouble}");
        assert!(trouble.to_string().starts_with("no address for no..name: "));
    }
}
