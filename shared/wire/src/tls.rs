//! How TLS is set up: rustls over ring, with authorities that are given.

use std::sync::Arc;

use rustls::{
    ClientConfig, RootCertStore,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, pem::PemObject},
};

/// A client that trusts the public authorities.
///
/// # Errors
/// The provider lacks what the configuration needs.
pub fn public() -> Result<ClientConfig, rustls::Error> {
    client(Arc::new(ring::default_provider()), public_roots())
}

/// The public authorities, which are compiled in.
pub fn public_roots() -> RootCertStore {
    RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    }
}

/// A client that trusts these authorities.
///
/// # Errors
/// The provider lacks what the configuration needs.
pub fn client(
    provider: Arc<CryptoProvider>,
    roots: RootCertStore,
) -> Result<ClientConfig, rustls::Error> {
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

/// Adds the authorities in a PEM file, which may hold text beside them.
///
/// # Errors
/// Which certificate can't be used, and why; or that there is none.
pub fn add_authorities(roots: &mut RootCertStore, pem: &[u8]) -> Result<(), String> {
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
        add_authorities(&mut roots, pem.as_bytes()).unwrap();
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
            let mut roots = RootCertStore::empty();
            let error = add_authorities(&mut roots, pem.as_bytes()).unwrap_err();
            assert!(error.contains(why), "{pem}: {error}");
        }
    }
}
