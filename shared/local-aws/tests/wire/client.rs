//! HTTP by hand, and under the official clients.

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_runtime_api::{
    client::{
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
use aws_smithy_types::{body::SdkBody, retry::RetryConfig};
use aws_types::{SdkConfig, region::Region};
use bytes::Bytes;
use greenlight_local_aws::LocalAws;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::{
    client::legacy::{Client, Error, connect::HttpConnector as Connector},
    rt::TokioExecutor,
};

pub(crate) fn http1() -> Client<Connector, Full<Bytes>> {
    Client::builder(TokioExecutor::new()).build_http()
}

/// Sends a request and reads the whole answer.
pub(crate) async fn send(request: Request<Full<Bytes>>) -> Result<Response<Bytes>, Error> {
    let (parts, body) = http1().request(request).await?.into_parts();
    let body = body.collect().await.expect("the body is whole").to_bytes();
    Ok(Response::from_parts(parts, body))
}

pub(crate) async fn get(url: &str) -> Response<Bytes> {
    let request = Request::get(url).body(Full::default()).expect("a request");
    send(request).await.expect("an answer")
}

/// Sends a signed request; the signature is not checked.
pub(crate) async fn signed(
    method: Method,
    url: &str,
    headers: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> Result<Response<Bytes>, Error> {
    let mut request = Request::builder()
        .method(method)
        .uri(url)
        .header("authorization", "AWS4-HMAC-SHA256");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(request.body(Full::new(body.into())).expect("a request")).await
}

/// Calls an operation by AWS JSON 1.1.
pub(crate) async fn json(
    aws: &LocalAws,
    target: &str,
    input: &serde_json::Value,
) -> Result<(StatusCode, serde_json::Value), Error> {
    let headers = [
        ("x-amz-target", target),
        ("content-type", "application/x-amz-json-1.1"),
    ];
    let response = signed(
        Method::POST,
        &aws.endpoint_url(),
        &headers,
        input.to_string(),
    )
    .await?;
    let value = serde_json::from_slice(response.body()).expect("JSON");
    Ok((response.status(), value))
}

/// The official clients' configuration: they don't retry.
pub(crate) fn sdk(aws: &LocalAws) -> SdkConfig {
    let env: std::collections::BTreeMap<_, _> = aws.client_env().into_iter().collect();
    let keys = Credentials::new(
        &env["AWS_ACCESS_KEY_ID"],
        &env["AWS_SECRET_ACCESS_KEY"],
        env.get("AWS_SESSION_TOKEN").cloned(),
        None,
        "test",
    );
    SdkConfig::builder()
        .behavior_version(aws_sdk_codedeploy::config::BehaviorVersion::latest())
        .endpoint_url(&env["AWS_ENDPOINT_URL"])
        .region(Region::new(env["AWS_REGION"].clone()))
        .credentials_provider(SharedCredentialsProvider::new(keys))
        .http_client(SdkHttp)
        .retry_config(RetryConfig::disabled())
        .build()
}

#[derive(Debug, Clone)]
struct SdkHttp;

impl HttpClient for SdkHttp {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        self.clone().into_shared()
    }
}

impl HttpConnector for SdkHttp {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(async move {
            let request = request
                .try_into_http1x()
                .map_err(|e| ConnectorError::user(e.into()))?;
            let (parts, body) = request.into_parts();
            let body = Full::new(Bytes::copy_from_slice(
                body.bytes().expect("it doesn't stream"),
            ));
            let response = send(Request::from_parts(parts, body)).await;
            let response = response.map_err(|e| ConnectorError::io(e.into()))?;
            let response = response.map(SdkBody::from);
            HttpResponse::try_from(response).map_err(|e| ConnectorError::user(e.into()))
        })
    }
}
