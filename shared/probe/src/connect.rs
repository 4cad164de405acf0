//! A new connection, one phase after the other.

use std::{net::SocketAddr, sync::Arc};

use rustls::{ClientConfig, pki_types::ServerName};
use tokio::{net::TcpStream, time::Instant};
use tokio_rustls::TlsConnector;
use wire::Io;

use crate::{
    classify::Trouble,
    watch::{Phase, Watch},
};

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
    wire::dial(&addresses, peer.until, watch.started()).await
}

async fn resolve(peer: Peer<'_>, watch: &mut Watch) -> Result<Vec<SocketAddr>, Trouble> {
    if let Some(address) = wire::literal(peer.host, peer.port) {
        return Ok(vec![address]);
    }
    watch.enter(Phase::Dns);
    wire::lookup(peer.host, peer.port).await
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

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
