use std::{error::Error, io, sync::Arc, time::Duration};

use aws_smithy_runtime_api::{
    client::{
        connector_metadata::ConnectorMetadata,
        http::{
            HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings,
            SharedHttpConnector,
        },
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
        runtime_components::RuntimeComponents,
    },
    shared::IntoShared as _,
};
use aws_smithy_types::body::SdkBody;
use rustls::{ClientConfig, RootCertStore};

/// How TLS is spoken by everything in this process: by rustls over ring, and
/// trusting the public authorities that are compiled in. Nothing is read from
/// disk, which is what makes other set-ups slow to start.
pub fn tls_config() -> Arc<ClientConfig> {
    let roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = rustls::DEFAULT_VERSIONS;
    #[expect(
        clippy::expect_used,
        reason = "ring supports both of rustls's default versions, and nothing else can fail"
    )]
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .expect("ring supports rustls's default versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}

/// The one HTTP client of a process: for AWS's APIs and for S3.
///
/// # Errors
/// When the client can't be made out of this configuration.
pub fn http_client(tls: &Arc<ClientConfig>) -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(ClientConfig::clone(tls))
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(5))
        .read_timeout(Duration::from_secs(10))
        .build()
}

/// Lets the AWS SDK speak over the process's own HTTP client.
#[derive(Debug, Clone)]
pub struct SdkHttp(pub reqwest::Client);

impl HttpClient for SdkHttp {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        // The SDK's own time-outs hold around each attempt, so the settings'
        // times for connecting and reading need not hold here too.
        self.clone().into_shared()
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        Some(ConnectorMetadata::new("reqwest", None))
    }
}

impl HttpConnector for SdkHttp {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.0.clone();
        HttpConnectorFuture::new(async move {
            let request = convert(request).map_err(ConnectorError::user)?;
            let response = client.execute(request).await.map_err(classify)?;
            answer(response).await
        })
    }
}

fn convert(request: HttpRequest) -> Result<reqwest::Request, Box<dyn Error + Send + Sync>> {
    let request = request.try_into_http1x()?;
    let (parts, body) = request.into_parts();
    // The calls of this project are short JSON and form bodies; none streams.
    let bytes = body
        .bytes()
        .ok_or("a streamed body is not supported")?
        .to_vec();
    let request = http::Request::from_parts(parts, bytes);
    Ok(reqwest::Request::try_from(request)?)
}

async fn answer(response: reqwest::Response) -> Result<HttpResponse, ConnectorError> {
    let mut builder = http::Response::builder().status(response.status());
    if let Some(headers) = builder.headers_mut() {
        *headers = response.headers().clone();
    }
    let body = response.bytes().await.map_err(classify)?;
    let response = builder
        .body(SdkBody::from(body))
        .map_err(|error| ConnectorError::user(error.into()))?;
    HttpResponse::try_from(response).map_err(|error| ConnectorError::user(error.into()))
}

/// Sorts an error so that the SDK's retries know what to do with it.
fn classify(error: reqwest::Error) -> ConnectorError {
    // An address can hold what its sender holds secret.
    let error = error.without_url();
    if error.is_timeout() {
        return ConnectorError::timeout(error.into());
    }
    if error.is_builder() {
        return ConnectorError::user(error.into());
    }
    if error.is_connect() || has_io_cause(&error) || error.is_request() || error.is_body() {
        return ConnectorError::io(error.into());
    }
    ConnectorError::other(error.into(), None)
}

fn has_io_cause(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.is::<io::Error>() {
            return true;
        }
        cause = error.source();
    }
    false
}
