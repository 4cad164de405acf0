//! Which operation of which service a request asks for, in which protocol.

use bytes::Bytes;
use http::{HeaderMap, request::Parts};
use serde_json::{Value, json};

use super::{cbor, form::Form, invoke::InvokeRequest, reply::Protocol, s3_request::S3Request};

/// A service of AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    CodeBuild,
    CodeDeploy,
    CodePipeline,
    Ecs,
    Elb,
    Events,
    Lambda,
    Logs,
    S3,
    SecretsManager,
    Sns,
    Sqs,
    Sts,
    /// Another one.
    Other,
}

impl Service {
    /// As permissions name it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Service::CodeBuild => "codebuild",
            Service::CodeDeploy => "codedeploy",
            Service::CodePipeline => "codepipeline",
            Service::Ecs => "ecs",
            Service::Elb => "elasticloadbalancing",
            Service::Events => "events",
            Service::Lambda => "lambda",
            Service::Logs => "logs",
            Service::S3 => "s3",
            Service::SecretsManager => "secretsmanager",
            Service::Sns => "sns",
            Service::Sqs => "sqs",
            Service::Sts => "sts",
            Service::Other => "other",
        }
    }

    /// By the first part of `X-Amz-Target`, or the service name of a path.
    fn of_target(prefix: &str) -> Service {
        match prefix {
            "CodeBuild_20161006" => Service::CodeBuild,
            "CodeDeploy_20141006" => Service::CodeDeploy,
            "CodePipeline_20150709" => Service::CodePipeline,
            "Logs_20140328" => Service::Logs,
            "AmazonEC2ContainerServiceV20141113" => Service::Ecs,
            "AWSEvents" => Service::Events,
            "secretsmanager" => Service::SecretsManager,
            "AmazonSQS" => Service::Sqs,
            _ => Service::Other,
        }
    }
}

/// What is asked for.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) service: Service,
    pub(super) operation: String,
    pub(super) protocol: Protocol,
    pub(super) input: Input,
}

/// The parameters.
#[derive(Debug)]
pub(super) enum Input {
    Value(Value),
    Form(Form),
    S3(S3Request),
    Invoke(InvokeRequest),
    /// What is wrong with it.
    Malformed(String),
}

pub(super) fn route(parts: Parts, body: Bytes) -> Asked {
    let path = parts.uri.path();
    if let Some(target) = header(&parts.headers, "x-amz-target") {
        let (prefix, operation) = target.split_once('.').unwrap_or(("", target));
        let service = Service::of_target(prefix);
        return Asked {
            service,
            operation: operation.to_owned(),
            protocol: if service == Service::Sqs {
                Protocol::Sqs
            } else {
                Protocol::Json
            },
            input: json_input(&body),
        };
    }
    if let Some((service, operation)) =
        rpc_v2(path).filter(|_| parts.headers.contains_key("smithy-protocol"))
    {
        let input = match cbor::decode(&body) {
            Ok(value) => Input::Value(value),
            Err(why) => Input::Malformed(why.to_owned()),
        };
        return Asked {
            service: Service::of_target(service),
            operation: operation.to_owned(),
            protocol: Protocol::Cbor,
            input,
        };
    }
    if let Some(request) = InvokeRequest::new(&parts, &body) {
        return Asked {
            service: Service::Lambda,
            operation: request.operation.clone(),
            protocol: Protocol::Lambda,
            input: Input::Invoke(request),
        };
    }
    let content_type = header(&parts.headers, "content-type").unwrap_or_default();
    if content_type.starts_with("application/x-www-form-urlencoded") {
        let form = Form::parse(&body);
        return Asked {
            service: match form.get("Version") {
                Some("2015-12-01") => Service::Elb,
                Some("2011-06-15") => Service::Sts,
                Some("2010-03-31") => Service::Sns,
                _ => Service::Other,
            },
            operation: form.get("Action").unwrap_or_default().to_owned(),
            protocol: Protocol::Query,
            input: Input::Form(form),
        };
    }
    let request = S3Request::new(parts, body);
    Asked {
        service: Service::S3,
        operation: request.operation().to_owned(),
        protocol: Protocol::S3,
        input: Input::S3(request),
    }
}

/// `/service/<service>/operation/<operation>`
fn rpc_v2(path: &str) -> Option<(&str, &str)> {
    path.strip_prefix("/service/")?.split_once("/operation/")
}

fn json_input(body: &[u8]) -> Input {
    if body.is_empty() {
        return Input::Value(json!({}));
    }
    match serde_json::from_slice(body) {
        Ok(value @ Value::Object(_)) => Input::Value(value),
        Ok(_) => Input::Malformed("The request body is not a JSON object".to_owned()),
        Err(error) => Input::Malformed(format!("The request body is not JSON: {error}")),
    }
}

pub(super) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
