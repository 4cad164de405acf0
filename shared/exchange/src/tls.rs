//! How TLS is spoken: as the client does it, or as a request's options say.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        Resumption, WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_name,
    },
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject},
    server::ParsedCertificate,
    sign::{CertifiedKey, SingleCertAndKey},
};

use crate::{Identity, Options, Wanted};

/// The configurations of a client, each made once.
#[derive(Debug)]
pub(crate) struct Configs {
    base: Arc<ClientConfig>,
    made: Mutex<HashMap<Way, Arc<ClientConfig>>>,
}

/// What tells one configuration from another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Way {
    insecure: bool,
    authorities: Option<Vec<u8>>,
    identity: Option<Identity>,
    version: Wanted,
}

impl Configs {
    pub(crate) fn new(base: Arc<ClientConfig>) -> Self {
        Self {
            base,
            made: Mutex::default(),
        }
    }

    /// The configuration for these options. It lives as long as this.
    pub(crate) fn of(&self, options: &Options) -> Result<Arc<ClientConfig>, String> {
        let way = Way {
            insecure: options.insecure,
            authorities: options.authorities.clone(),
            identity: options.identity.clone(),
            version: options.version,
        };
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(config) = made.get(&way) {
            return Ok(config.clone());
        }
        let config = Arc::new(self.make(&way)?);
        made.insert(way, config.clone());
        Ok(config)
    }

    fn make(&self, way: &Way) -> Result<ClientConfig, String> {
        let mut config = ClientConfig::clone(&self.base);
        let provider = config.crypto_provider().clone();
        // A session of one way must not be resumed in another one, where the
        // certificate was perhaps not to be trusted.
        config.resumption = Resumption::in_memory_sessions(32);
        let protocols: &[&[u8]] = match way.version {
            Wanted::Auto | Wanted::Http2 => &[b"h2", b"http/1.1"],
            Wanted::Http11 => &[b"http/1.1"],
            Wanted::Http10 => &[],
        };
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        if way.insecure {
            let any = Arc::new(AnyCertificate(provider.clone()));
            config.dangerous().set_certificate_verifier(any);
        } else if let Some(pem) = &way.authorities {
            let given = Arc::new(GivenAuthorities::new(pem, provider.clone())?);
            config.dangerous().set_certificate_verifier(given);
        }
        if let Some(identity) = &way.identity {
            let key = certified(identity, &provider)?;
            config.client_auth_cert_resolver = Arc::new(SingleCertAndKey::from(key));
        }
        Ok(config)
    }
}

fn certified(identity: &Identity, provider: &CryptoProvider) -> Result<CertifiedKey, String> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&identity.certificate).collect();
    let chain =
        chain.map_err(|error| format!("the client's certificate can't be read: {error}"))?;
    if chain.is_empty() {
        return Err("the client's certificate is not in PEM".to_owned());
    }
    let pem = match identity.key.as_slice() {
        [] => &identity.certificate,
        key => key,
    };
    let key = PrivateKeyDer::from_pem_slice(pem).map_err(|_| {
        "the client's key is not in PEM, or has a password, which is not supported".to_owned()
    })?;
    CertifiedKey::from_der(chain, key, provider)
        .map_err(|error| format!("the client's certificate and key can't be used: {error}"))
}

/// Trusts any certificate: what `insecure` asks for.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// Trusts what these authorities have signed, and the certificates among them
/// themselves: `openssl req -x509` makes a server's own certificate one of an
/// authority.
#[derive(Debug)]
struct GivenAuthorities {
    usual: Arc<WebPkiServerVerifier>,
    given: Vec<CertificateDer<'static>>,
}

impl GivenAuthorities {
    fn new(pem: &[u8], provider: Arc<CryptoProvider>) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        wire::tls::add_authorities(&mut roots, pem)
            .map_err(|why| format!("the authorities can't be read: {why}"))?;
        let given = CertificateDer::pem_slice_iter(pem);
        let given = given.filter_map(Result::ok).collect();
        let usual = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .map_err(|error| format!("the authorities can't be used: {error}"))?;
        Ok(Self { usual, given })
    }
}

impl ServerCertVerifier for GivenAuthorities {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let usual = self.usual.verify_server_cert(own, between, name, ocsp, now);
        match usual {
            // Its time has been looked at by then.
            Err(Error::InvalidCertificate(CertificateError::Other(other)))
                if other.0.to_string() == "CaUsedAsEndEntity" && self.given.contains(own) =>
            {
                verify_server_name(&ParsedCertificate::try_from(own)?, name)?;
                Ok(ServerCertVerified::assertion())
            }
            usual => usual,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        own: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.usual.verify_tls12_signature(message, own, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        own: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.usual.verify_tls13_signature(message, own, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.usual.supported_verify_schemes()
    }
}
