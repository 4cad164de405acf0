//! TLS: private authorities, names, ALPN.

use std::sync::Arc;

use greenlight_probe::Target;
use plan::{Check, HttpVersion, Probe, WhereTo};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tokio_rustls::TlsAcceptor;
use verdict::Status;

use crate::support::*;

/// A server whose certificate a private authority has signed.
struct Private {
    server: Server,
    ca: String,
}

impl Private {
    fn target(&self) -> Target {
        Target {
            tls: true,
            ..self.server.target()
        }
    }
}

async fn private(names: &[&str], protocols: &[&str]) -> Private {
    private_until(names, protocols, 2999).await
}

async fn private_until(names: &[&str], protocols: &[&str], year: i32) -> Private {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();

    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.not_after = rcgen::date_time_ymd(year, 1, 1);
    let key = KeyPair::generate().unwrap();
    let leaf = params.signed_by(&key, &ca).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)
        .unwrap();
    config.alpn_protocols = protocols.iter().map(|p| p.as_bytes().to_vec()).collect();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let server = serve(move |_, stream| {
        let acceptor = acceptor.clone();
        async move {
            let stream = acceptor.accept(stream).await?;
            match stream.get_ref().1.alpn_protocol() {
                Some(b"h2") => echo2(stream).await,
                _ => echo1(stream).await,
            }
            Ok(())
        }
    })
    .await;
    Private {
        server,
        ca: ca.pem(),
    }
}

fn url(probe: Probe, url: &str) -> Probe {
    with_http(probe, |http| http.to = WhereTo::Url(url.parse().unwrap()))
}

#[tokio::test]
async fn a_private_authority_is_trusted_only_where_it_is_given() {
    let private = private(&["127.0.0.1"], &[]).await;
    let outcome = probe_trusting(get(), private.target(), Some(&private.ca)).await;
    assert_passed(&outcome);
    let timing = outcome.timing.unwrap();
    assert!(
        timing.tls.is_some() && timing.first_byte.is_some(),
        "{timing:?}"
    );

    let outcome = probe(get(), private.target()).await;
    assert_told(
        &outcome,
        Status::Errored,
        "got certificate is signed by an authority that is not trusted; give the probe `ca`",
    );
    assert_eq!(outcome.attempts, 1, "a certificate stays what it is");
}

#[tokio::test]
async fn every_attempt_checks_the_certificate() {
    let private = private(&["127.0.0.1"], &[]).await;
    let thrice = Probe {
        healthy: 3,
        ..get()
    };
    assert_passed(&probe_trusting(thrice, private.target(), Some(&private.ca)).await);
    assert_eq!(private.server.accepted(), 3);
}

#[tokio::test]
async fn a_certificate_for_another_name_is_final() {
    let private = private(&["shop.example.com"], &[]).await;
    let outcome = probe_trusting(get(), private.target(), Some(&private.ca)).await;
    assert_told(
        &outcome,
        Status::Errored,
        "got certificate is not for 127.0.0.1, it is for shop.example.com; write the probe's http \
         as a whole URL",
    );
    assert_eq!(outcome.attempts, 1);

    // The remedy works: the name is the URL's, the connection the target's.
    let probe = with_text(
        url(get(), "https://shop.example.com/up"),
        "/up HTTP/1.1 host=shop.example.com ",
    );
    let outcome = probe_trusting(probe, private.target(), Some(&private.ca)).await;
    assert_passed(&outcome);
    let shown = outcome.target.unwrap();
    assert!(
        shown.starts_with("https://shop.example.com/up through task 127.0.0.1:"),
        "{shown}"
    );
}

#[tokio::test]
async fn a_certificate_that_has_expired_is_final() {
    let private = private_until(&["127.0.0.1"], &[], 2001).await;
    let outcome = probe_trusting(get(), private.target(), Some(&private.ca)).await;
    assert_told(
        &outcome,
        Status::Errored,
        "got certificate has expired; renew",
    );
    assert_eq!(outcome.attempts, 1);
}

#[tokio::test]
async fn a_table_of_versions() {
    for (offered, version, words) in [
        (&["h2", "http/1.1"][..], HttpVersion::Auto, Ok("HTTP/2.0")),
        (&["h2", "http/1.1"], HttpVersion::Http1, Ok("HTTP/1.1")),
        (&["h2", "http/1.1"], HttpVersion::Http2, Ok("HTTP/2.0")),
        (&["http/1.1"], HttpVersion::Auto, Ok("HTTP/1.1")),
        (&[], HttpVersion::Auto, Ok("HTTP/1.1")),
        (
            &[],
            HttpVersion::Http2,
            Err("the server doesn't offer it over TLS"),
        ),
        (
            &["http/1.1"],
            HttpVersion::Http2,
            Err("doesn't offer this version of HTTP (ALPN)"),
        ),
    ] {
        let private = private(&["127.0.0.1"], offered).await;
        let probe = with_http(get(), |http| http.version = version);
        match words {
            Ok(text) => {
                let probe = with_text(probe, text);
                let outcome = probe_trusting(probe, private.target(), Some(&private.ca)).await;
                assert_passed(&outcome);
            }
            Err(text) => {
                let probe = brief(probe);
                let outcome = probe_trusting(probe, private.target(), Some(&private.ca)).await;
                assert_told(&outcome, Status::Failed, text);
            }
        }
    }
}

#[tokio::test]
async fn a_bad_authority_is_told_before_anything_is_sent() {
    let private = private(&["127.0.0.1"], &[]).await;
    for check in [get(), quick(Probe::grpc(""))] {
        let outcome = probe_trusting(check, private.target(), Some("no PEM")).await;
        assert_told(
            &outcome,
            Status::Errored,
            "bad `ca`: it holds no certificate in PEM",
        );
        assert_eq!((outcome.attempts, private.server.accepted()), (0, 0));
    }
}

#[tokio::test]
async fn tls_where_plain_http_is_expected() {
    let private = private(&["127.0.0.1"], &[]).await;
    let outcome = probe(brief(get()), private.server.target()).await;
    assert_eq!(outcome.status, Status::Failed, "{}", outcome.line());
}

#[tokio::test]
async fn grpc_has_its_own_name_and_needs_http2() {
    let private = private(&["shop.example.com"], &["http/1.1"]).await;
    let mut probe = brief(quick(Probe::grpc("")));
    let outcome = probe_trusting(probe.clone(), private.target(), Some(&private.ca)).await;
    assert_told(&outcome, Status::Failed, "expected SERVING, got TLS failed");
    if let Check::Grpc(check) = &mut probe.check {
        check.authority = Some("shop.example.com".to_owned());
    }
    let private = self::private(&["shop.example.com"], &["h2"]).await;
    // The name is right; the server answers, but not in gRPC.
    let outcome = probe_trusting(probe, private.target(), Some(&private.ca)).await;
    assert_told(
        &outcome,
        Status::Failed,
        "got no valid answer: not gRPC, but HTTP 200 OK",
    );
}
