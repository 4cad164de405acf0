use std::{error::Error, sync::Arc};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, SerialNumber, date_time_ymd,
};
use rustls::{
    RootCertStore, ServerConfig,
    crypto::ring::{self, sign},
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    server::{ClientHello, ResolvesServerCert, WebPkiClientVerifier},
    sign::CertifiedKey,
};
use tokio_rustls::TlsAcceptor;

/// An authority of our own, and what it has signed.
pub(super) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    /// By name, in PEM.
    pub(super) files: Vec<(&'static str, String)>,
}

/// Whose certificate is asked for.
#[derive(Clone, Copy)]
pub(super) enum Clients {
    Any,
    Known,
}

/// One certificate for `expired.test`, another for everybody else.
#[derive(Debug)]
struct ByName {
    good: Arc<CertifiedKey>,
    expired: Arc<CertifiedKey>,
}

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(match hello.server_name() {
            Some("expired.test") => self.expired.clone(),
            _ => self.good.clone(),
        })
    }
}

fn issuer(name: &str) -> Result<CertifiedIssuer<'static, KeyPair>, rcgen::Error> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.distinguished_name.push(DnType::CommonName, name);
    params
        .distinguished_name
        .push(DnType::OrganizationName, "Corpus");
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
}

pub(super) fn authority() -> Result<Authority, rcgen::Error> {
    let issuer = self::issuer("Corpus Authority")?;
    let stranger = self::issuer("Another Authority")?;
    let key = KeyPair::generate()?;
    let mut client = CertificateParams::new(vec![])?;
    client
        .distinguished_name
        .push(DnType::CommonName, "corpus client");
    client.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let client = client.signed_by(&key, &issuer)?;
    let unknown_key = KeyPair::generate()?;
    let mut unknown = CertificateParams::new(vec![])?;
    unknown
        .distinguished_name
        .push(DnType::CommonName, "unknown client");
    unknown.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let unknown = unknown.signed_by(&unknown_key, &stranger)?;
    let files = vec![
        ("ca.pem", issuer.pem()),
        ("another-ca.pem", stranger.pem()),
        ("client.pem", client.pem()),
        ("client.key", key.serialize_pem()),
        ("unknown-client.pem", unknown.pem()),
        ("unknown-client.key", unknown_key.serialize_pem()),
    ];
    Ok(Authority { issuer, files })
}

impl Authority {
    /// A certificate for the names of this server, until that year.
    fn leaf(
        &self,
        names: &[&str],
        year: i32,
    ) -> Result<Arc<CertifiedKey>, Box<dyn Error + Send + Sync>> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names)?;
        params.not_before = date_time_ymd(2020, 1, 2);
        params.not_after = date_time_ymd(year, 3, 4);
        params.serial_number = Some(SerialNumber::from(0x0123_4567_89ab_cdef_u64));
        params
            .distinguished_name
            .push(DnType::CommonName, "corpus server");
        params
            .distinguished_name
            .push(DnType::OrganizationName, "Corpus");
        params.distinguished_name.push(DnType::CountryName, "FR");
        let key = KeyPair::generate()?;
        let leaf = params.signed_by(&key, &self.issuer)?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let key = sign::any_supported_type(&key)?;
        Ok(Arc::new(CertifiedKey::new(vec![leaf.der().clone()], key)))
    }
}

pub(super) fn acceptor(
    authority: &Authority,
    clients: Clients,
) -> Result<TlsAcceptor, Box<dyn Error + Send + Sync>> {
    let provider = Arc::new(ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()?;
    let config = match clients {
        Clients::Any => config.with_no_client_auth(),
        Clients::Known => {
            let mut roots = RootCertStore::empty();
            roots.add(authority.issuer.der().clone())?;
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            config.with_client_cert_verifier(verifier.build()?)
        }
    };
    let mut config = config.with_cert_resolver(Arc::new(ByName {
        good: authority.leaf(&["localhost", "127.0.0.1", "shop.test"], 2999)?,
        expired: authority.leaf(&["expired.test"], 2021)?,
    }));
    config.alpn_protocols = [&b"h2"[..], b"http/1.1", b"http/1.0"]
        .map(<[u8]>::to_vec)
        .to_vec();
    Ok(TlsAcceptor::from(Arc::new(config)))
}
