//! TLS: whom to trust, who one is, and HTTP/2 over it.

use std::{convert::Infallible, sync::Arc};

use greenlight_exchange::{Client, Identity, Jar, Options, Wanted};
use http_body_util::Full;
use hurl_eval::HttpVersion;
use hyper::{Response, body::Incoming, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{BasicConstraints, Certificate, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{
    RootCertStore, ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer},
    server::WebPkiClientVerifier,
};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use crate::support::*;

/// An authority that signs certificates.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    own: Certificate,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let own = params.self_signed(&key).unwrap();
        let issuer = Issuer::new(params, key);
        Self { issuer, own }
    }

    fn signs(&self, name: &str) -> (Certificate, KeyPair) {
        self.signs_with(CertificateParams::new(vec![name.to_owned()]).unwrap())
    }

    fn signs_with(&self, params: CertificateParams) -> (Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate, key)
    }

    fn pem(&self) -> Vec<u8> {
        self.own.pem().into_bytes()
    }

    fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.own.der().clone()).unwrap();
        roots
    }
}

fn server_config(certificate: &Certificate, key: &KeyPair) -> ServerConfig {
    config_for(certificate, key, None)
}

fn config_for(
    certificate: &Certificate,
    key: &KeyPair,
    clients: Option<&Authority>,
) -> ServerConfig {
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone());
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let roots = Arc::new(authority.roots());
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let chain = vec![CertificateDer::from(certificate.der().to_vec())];
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    builder.with_single_cert(chain, key).unwrap()
}

async fn secure(config: ServerConfig) -> Server {
    let acceptor = TlsAcceptor::from(Arc::new(config));
    answers_over(
        |_| ok(),
        move |stream| {
            let acceptor = acceptor.clone();
            async move { acceptor.accept(stream).await }
        },
    )
    .await
}

/// A server for `localhost`, and the authority behind it.
async fn signed() -> (Server, Authority) {
    let authority = Authority::new();
    let (certificate, key) = authority.signs("localhost");
    (secure(server_config(&certificate, &key)).await, authority)
}

fn trusting(authority: &Authority) -> Options {
    Options {
        authorities: Some(authority.pem()),
        ..Options::default()
    }
}

fn insecure() -> Options {
    Options {
        insecure: true,
        ..Options::default()
    }
}

async fn why(server: &Server, options: &Options) -> String {
    fails(&get(server.https("/")), options).await.to_string()
}

#[tokio::test]
async fn an_unknown_authority_is_not_trusted() {
    let (server, authority) = signed().await;
    let trouble = fails(&get(server.https("/")), &Options::default()).await;
    let text = trouble.to_string();
    assert!(
        text.ends_with("certificate is signed by an authority that is not trusted"),
        "{text}"
    );
    assert!(trouble.remedy().unwrap().contains("cacert"));
    let other = trusting(&Authority::new());
    let text = why(&server, &other).await;
    assert!(
        text.contains("not trusted") || text.contains("BadSignature"),
        "{text}"
    );
    assert!(server.received().is_empty());

    let answer = one(&get(server.https("/")), &trusting(&authority)).await;
    assert_eq!(answer.body, b"ok");
    let certificate = answer.certificate.unwrap();
    let answer = one(&get(server.https("/")), &insecure()).await;
    assert_eq!(answer.certificate, Some(certificate));
}

#[tokio::test]
async fn what_one_request_trusts_another_does_not() {
    let (server, authority) = signed().await;
    let client = client();
    let asked = get(server.https("/"));
    for options in [insecure(), trusting(&authority)] {
        send(&client, &asked, &options).await.unwrap();
        // Neither a connection nor a session of it is used.
        let trouble = send(&client, &asked, &Options::default())
            .await
            .unwrap_err();
        assert!(trouble.to_string().contains("not trusted"), "{trouble}");
    }
}

#[tokio::test]
async fn connections_over_tls_are_used_again() {
    let (server, authority) = signed().await;
    let client = client();
    for _ in 0..10 {
        let calls = send(&client, &get(server.https("/")), &trusting(&authority)).await;
        assert!(calls.unwrap()[0].answer.certificate.is_some());
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn the_clients_own_trust_holds_where_nothing_is_said() {
    let (server, authority) = signed().await;
    let provider = Arc::new(ring::default_provider());
    let config = wire::tls::client(provider, authority.roots()).unwrap();
    let client = Client::new(Arc::new(config));
    send(&client, &get(server.https("/")), &Options::default())
        .await
        .unwrap();
    let other = trusting(&Authority::new());
    assert!(
        send(&client, &get(server.https("/")), &other)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn the_name_must_be_the_urls() {
    let authority = Authority::new();
    let (certificate, key) = authority.signs("shop.example");
    let server = secure(server_config(&certificate, &key)).await;
    let port = server.port;
    let trouble = fails(&get(server.https("/")), &trusting(&authority)).await;
    let text = trouble.to_string();
    assert!(
        text.ends_with("certificate is not for localhost, it is for shop.example"),
        "{text}"
    );
    assert!(trouble.remedy().unwrap().contains("connect-to"));
    one(&get(server.https("/")), &insecure()).await;

    let elsewhere = Options {
        connect_to: vec![
            format!("shop.example:443:127.0.0.1:{port}")
                .parse()
                .unwrap(),
        ],
        ..trusting(&authority)
    };
    one(&get("https://shop.example/"), &elsewhere).await;
    assert_eq!(server.last().header("host"), Some("shop.example"));
}

#[tokio::test]
async fn a_certificate_that_signs_itself() {
    for is_ca in [IsCa::NoCa, IsCa::Ca(BasicConstraints::Unconstrained)] {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.is_ca = is_ca;
        let key = KeyPair::generate().unwrap();
        let own = params.self_signed(&key).unwrap();
        let server = secure(server_config(&own, &key)).await;
        let options = Options {
            authorities: Some(own.pem().into_bytes()),
            ..Options::default()
        };
        one(&get(server.https("/")), &options).await;
        let wrong_name = get(server.https("/").replace("localhost", "127.0.0.1"));
        let text = fails(&wrong_name, &options).await.to_string();
        assert!(text.contains("certificate is not for 127.0.0.1"), "{text}");
        assert!(
            why(&server, &trusting(&Authority::new()))
                .await
                .contains("certificate")
        );
    }
}

#[tokio::test]
async fn one_that_signs_itself_must_be_in_its_time() {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.not_before = rcgen::date_time_ymd(2001, 1, 1);
    params.not_after = rcgen::date_time_ymd(2002, 1, 1);
    let key = KeyPair::generate().unwrap();
    let own = params.self_signed(&key).unwrap();
    let server = secure(server_config(&own, &key)).await;
    let options = Options {
        authorities: Some(own.pem().into_bytes()),
        ..Options::default()
    };
    let text = why(&server, &options).await;
    assert!(text.ends_with("certificate has expired"), "{text}");
    one(&get(server.https("/")), &insecure()).await;
}

#[tokio::test]
async fn a_server_can_want_to_know_who_asks() {
    let authority = Authority::new();
    let (certificate, key) = authority.signs("localhost");
    let (own, own_key) = authority.signs("me");
    let server = secure(config_for(&certificate, &key, Some(&authority))).await;
    let trusting = trusting(&authority);
    let text = why(&server, &trusting).await;
    assert!(
        text.contains("the server wants a client certificate"),
        "{text}"
    );

    let identity = |certificate: String, key: String| Options {
        identity: Some(Identity {
            certificate: certificate.into_bytes(),
            key: key.into_bytes(),
        }),
        ..trusting.clone()
    };
    let both = own.pem() + &own_key.serialize_pem();
    for options in [
        identity(own.pem(), own_key.serialize_pem()),
        // Both in one file.
        identity(both, String::new()),
    ] {
        one(&get(server.https("/")), &options).await;
    }
    for (options, why_not) in [
        (
            identity(String::new(), own_key.serialize_pem()),
            "certificate is not in PEM",
        ),
        (
            identity(own.pem(), String::new()),
            "the client's key is not in PEM",
        ),
        (
            identity(own.pem(), "s3cr3t".to_owned()),
            "the client's key is not in PEM",
        ),
        (
            identity(own.pem(), KeyPair::generate().unwrap().serialize_pem()),
            "can't be used",
        ),
    ] {
        let text = why(&server, &options).await;
        assert!(
            text.contains(why_not) && text.contains("not sent"),
            "{text}"
        );
        assert!(!text.contains("s3cr3t"), "{text}");
    }
}

#[tokio::test]
async fn authorities_must_be_some() {
    let server = says_ok().await;
    for (pem, why_not) in [
        ("", "no certificate in PEM"),
        ("nonsense", "no certificate in PEM"),
    ] {
        let options = Options {
            authorities: Some(pem.into()),
            ..Options::default()
        };
        let text = why(&server, &options).await;
        assert!(text.contains(why_not), "{text}");
        // Without TLS, it says nothing.
        one(&get(server.url("/")), &options).await;
    }
}

#[tokio::test]
async fn one_that_does_not_speak_it() {
    let server = serve(|_, mut stream| async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let mut hello = [0; 64];
        stream.read_exact(&mut hello).await?;
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .await?;
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.map(|_| ())
    })
    .await;
    let trouble = fails(&get(server.https("/")), &Options::default()).await;
    let text = trouble.to_string();
    assert!(
        text.ends_with("no TLS: the server answered with something else"),
        "{text}"
    );
    assert!(trouble.remedy().unwrap().contains("http://"));
}

#[tokio::test]
async fn an_end_without_a_word_is_borne() {
    let authority = Authority::new();
    let (certificate, key) = authority.signs("localhost");
    let acceptor = TlsAcceptor::from(Arc::new(server_config(&certificate, &key)));
    let server = serve(move |_, stream| {
        let acceptor = acceptor.clone();
        async move {
            use tokio::io::AsyncWriteExt;
            let mut stream = acceptor.accept(stream).await?;
            read_request(&mut stream, &mut Vec::new()).await?;
            stream
                .write_all(b"HTTP/1.0 200 OK\r\n\r\nto the end")
                .await?;
            stream.flush().await?;
            // Closed below TLS.
            drop(stream);
            Ok(())
        }
    })
    .await;
    let answer = one(&get(server.https("/")), &trusting(&authority)).await;
    assert_eq!(answer.body, b"to the end");
}

/// A server that speaks HTTP/2, and tells in its answer what it was asked.
async fn http2() -> (Server, Authority) {
    let authority = Authority::new();
    let (certificate, key) = authority.signs("localhost");
    let mut config = server_config(&certificate, &key);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let server = serve(move |_, stream| {
        let acceptor = acceptor.clone();
        async move {
            let stream = acceptor.accept(stream).await?;
            match stream.get_ref().1.alpn_protocol() {
                Some(b"h2") => tell2(stream).await,
                _ => tell1(stream).await,
            }
            Ok(())
        }
    })
    .await;
    (server, authority)
}

type Tls = tokio_rustls::server::TlsStream<TcpStream>;

async fn tell2(stream: Tls) {
    let service = service_fn(tell);
    let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
    let _ = server.serve_connection(TokioIo::new(stream), service).await;
}

async fn tell1(stream: Tls) {
    let service = service_fn(tell);
    let server = hyper::server::conn::http1::Builder::new();
    let _ = server.serve_connection(TokioIo::new(stream), service).await;
}

async fn tell(
    request: hyper::Request<Incoming>,
) -> Result<Response<Full<bytes::Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = http_body_util::BodyExt::collect(body)
        .await
        .unwrap()
        .to_bytes();
    let text = format!(
        "{} {} {:?} {}",
        head.method,
        head.uri,
        head.headers.get("host"),
        String::from_utf8_lossy(&body)
    );
    let answer = Response::builder()
        .header("Set-Cookie", "a=1")
        .header("X-Two", "1");
    Ok(answer
        .header("X-Two", "2")
        .body(Full::new(text.into()))
        .unwrap())
}

#[tokio::test]
async fn http2_where_both_know_it() {
    let (server, authority) = http2().await;
    let port = server.port;
    for (version, spoken) in [
        (Wanted::Auto, HttpVersion::Http2),
        (Wanted::Http2, HttpVersion::Http2),
        (Wanted::Http11, HttpVersion::Http11),
        (Wanted::Http10, HttpVersion::Http10),
    ] {
        let mut asked = ask("POST", server.https("/a?b"));
        asked.payload = bytes("body");
        asked.headers = vec![pair("Connection", "keep-alive"), pair("Host", "own:81")];
        let options = Options {
            version,
            ..trusting(&authority)
        };
        let answer = one(&asked, &options).await;
        assert_eq!(answer.version, spoken, "{version:?}");
        assert_eq!(answer.header("X-Two").collect::<Vec<_>>(), ["1", "2"]);
        let text = String::from_utf8(answer.body).unwrap();
        match spoken {
            HttpVersion::Http2 => assert_eq!(text, "POST https://own:81/a?b None body"),
            _ => assert_eq!(text, "POST /a?b Some(\"own:81\") body"),
        }
        assert!(answer.certificate.is_some() && port > 0);
    }
}

#[tokio::test]
async fn http2_is_not_forced_on_a_server() {
    let (server, authority) = signed().await;
    let options = Options {
        version: Wanted::Http2,
        ..trusting(&authority)
    };
    assert_eq!(
        one(&get(server.https("/")), &options).await.version,
        HttpVersion::Http11
    );
}

#[tokio::test]
async fn connections_of_http2_are_used_again() {
    let (server, authority) = http2().await;
    let client = client();
    let mut jar = Jar::new();
    for _ in 0..100 {
        let asked = get(server.https("/"));
        let calls = send_with(&client, &asked, &trusting(&authority), &mut jar).await;
        let call = calls.unwrap().remove(0);
        assert_eq!(call.answer.version, HttpVersion::Http2);
    }
    assert_eq!(server.connections(), 1);
}
