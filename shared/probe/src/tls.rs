use std::sync::Arc;

use rustls::{
    ClientConfig, RootCertStore,
    client::Resumption,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, pem::PemObject},
};

/// The protocols that ALPN offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Offer {
    /// HTTP/2, else HTTP/1.1.
    Either,
    Http1,
    Http2,
}

/// A client that trusts the public authorities.
pub(crate) fn public() -> Result<ClientConfig, rustls::Error> {
    client(Arc::new(ring::default_provider()), public_roots())
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
            let mut roots = public_roots();
            add(&mut roots, pem)?;
            client(shared.crypto_provider().clone(), roots).map_err(|e| e.to_string())?
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

fn public_roots() -> RootCertStore {
    RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    }
}

fn client(
    provider: Arc<CryptoProvider>,
    roots: RootCertStore,
) -> Result<ClientConfig, rustls::Error> {
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

fn add(roots: &mut RootCertStore, pem: &[u8]) -> Result<(), String> {
    let mut count = 0;
    for certificate in CertificateDer::pem_slice_iter(pem) {
        count += 1;
        let certificate = certificate.map_err(|e| format!("certificate {count}: {e}"))?;
        roots
            .add(certificate)
            .map_err(|e| format!("certificate {count}: {e}"))?;
    }
    match count {
        0 => Err("it holds no certificate in PEM".to_owned()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authority() -> String {
        let mut params = rcgen::CertificateParams::default();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let key = rcgen::KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().pem()
    }

    #[test]
    fn a_file_may_hold_several_authorities() {
        let mut roots = RootCertStore::empty();
        let pem = format!("two of them:\n{}\n{}", authority(), authority());
        add(&mut roots, pem.as_bytes()).unwrap();
        assert_eq!(roots.len(), 2);
    }

    #[test]
    fn a_table_of_bad_files() {
        let good = authority();
        let other = rcgen::KeyPair::generate().unwrap().serialize_pem();
        let broken =
            format!("{good}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        let open = good.replace("-----END", "-----ENT");
        for (pem, why) in [
            ("", "it holds no certificate"),
            ("\u{fffd}\0nonsense", "it holds no certificate"),
            (other.as_str(), "it holds no certificate"),
            (broken.as_str(), "certificate 2: "),
            (open.as_str(), "certificate 1: "),
        ] {
            let error =
                for_probe(&public().unwrap(), Some(pem.as_bytes()), Offer::Http1).unwrap_err();
            assert!(error.contains(why), "{pem}: {error}");
        }
    }

    #[test]
    fn what_is_shared_is_kept() {
        let shared = public().unwrap();
        let config = for_probe(&shared, None, Offer::Either).unwrap();
        assert_eq!(config.alpn_protocols, [&b"h2"[..], b"http/1.1"]);
        assert!(shared.alpn_protocols.is_empty());
    }
}
