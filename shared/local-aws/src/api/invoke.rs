//! Lambda's Invoke.

use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, request::Parts};

use super::{error::ApiError, form::percent_decode, route::header};
use crate::{
    Answer, Functions, PAYLOAD_LIMIT,
    later::Later,
    serve::{self, Body},
};

/// A request to Lambda.
#[derive(Debug)]
pub(super) struct InvokeRequest {
    pub(super) operation: String,
    /// A name or an ARN.
    pub(super) function: String,
    invocation_type: Option<String>,
    payload: Bytes,
}

impl InvokeRequest {
    /// `None`: it is for another service.
    pub(super) fn new(parts: &Parts, body: &Bytes) -> Option<InvokeRequest> {
        let path = parts.uri.path().strip_prefix("/2015-03-31/functions/")?;
        let (function, rest) = path.split_once('/').unwrap_or((path, ""));
        let operation = match (&parts.method, rest) {
            (&Method::POST, "invocations") => "Invoke".to_owned(),
            (method, rest) => format!("{method} functions/{rest}"),
        };
        Some(InvokeRequest {
            operation,
            function: percent_decode(function),
            invocation_type: header(&parts.headers, "x-amz-invocation-type").map(str::to_owned),
            payload: body.clone(),
        })
    }
}

pub(super) async fn call(
    later: &Later,
    functions: &Functions,
    operation: &str,
    request: &InvokeRequest,
) -> Result<Response<Body>, ApiError> {
    if operation != "Invoke" {
        return Err(ApiError::unknown(operation));
    }
    let name = &request.function;
    if !functions.knows(name) {
        let arn = if name.starts_with("arn:") {
            name.clone()
        } else {
            functions.arn(name)
        };
        let message = format!("Function not found: {arn}");
        return Err(ApiError::new(404, "ResourceNotFoundException", message));
    }
    if request.payload.len() > PAYLOAD_LIMIT {
        let message = format!(
            "Request must be smaller than {PAYLOAD_LIMIT} bytes for the InvokeFunction operation"
        );
        return Err(ApiError::new(
            413,
            "RequestEntityTooLargeException",
            message,
        ));
    }
    let payload = request.payload.clone();
    match request.invocation_type.as_deref() {
        None | Some("RequestResponse") => {}
        Some("Event") => {
            later.begin(name, payload);
            return Ok(serve::answer(StatusCode::ACCEPTED, "application/json", ""));
        }
        Some("DryRun") => {
            return Ok(serve::answer(
                StatusCode::NO_CONTENT,
                "application/json",
                "",
            ));
        }
        Some(other) => {
            let message = format!(
                "1 validation error detected: Value '{other}' at 'invocationType' failed to satisfy \
                 constraint: Member must satisfy enum value set: [Event, RequestResponse, DryRun]"
            );
            return Err(ApiError::bad("ValidationException", message));
        }
    }
    let (payload, failed) = match functions.invoke(name, payload).await.answer {
        Answer::Returned(payload) => (payload, false),
        Answer::FunctionError(error) | Answer::TimedOut(error) => (error.payload, true),
        // It was there a moment ago.
        Answer::NoSuchFunction => (Bytes::new(), true),
    };
    let mut response = serve::answer(StatusCode::OK, "application/json", payload);
    let headers = response.headers_mut();
    headers.insert(
        "x-amz-executed-version",
        HeaderValue::from_static("$LATEST"),
    );
    if failed {
        headers.insert(
            "x-amz-function-error",
            HeaderValue::from_static("Unhandled"),
        );
    }
    Ok(response)
}
