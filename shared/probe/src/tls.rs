use std::sync::Arc;

use rustls::{ClientConfig, client::Resumption};
use wire::tls;

/// The protocols that ALPN offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Offer {
    /// HTTP/2, else HTTP/1.1.
    Either,
    Http1,
    Http2,
}

/// The configuration of one probe: the shared one, or, where a private
/// authority is given, one that trusts it besides the public ones.
///
/// Sessions are not resumed, so that every attempt checks the certificate.
pub(crate) fn for_probe(
    shared: &ClientConfig,
    ca: Option<&[u8]>,
    offer: Offer,
) -> Result<Arc<ClientConfig>, String> {
    let mut config = match ca {
        None => shared.clone(),
        Some(pem) => {
            let mut roots = tls::public_roots();
            tls::add_authorities(&mut roots, pem)?;
            tls::client(shared.crypto_provider().clone(), roots).map_err(|e| e.to_string())?
        }
    };
    config.resumption = Resumption::disabled();
    let protocols: &[&[u8]] = match offer {
        Offer::Either => &[b"h2", b"http/1.1"],
        Offer::Http1 => &[b"http/1.1"],
        Offer::Http2 => &[b"h2"],
    };
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_authority_is_refused() {
        let shared = tls::public().unwrap();
        let error = for_probe(&shared, Some(b"nonsense"), Offer::Http1).unwrap_err();
        assert!(error.contains("no certificate"), "{error}");
    }

    #[test]
    fn what_is_shared_is_kept() {
        let shared = tls::public().unwrap();
        let config = for_probe(&shared, None, Offer::Either).unwrap();
        assert_eq!(config.alpn_protocols, [&b"h2"[..], b"http/1.1"]);
        assert!(shared.alpn_protocols.is_empty());
    }
}
