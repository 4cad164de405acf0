//! AWS's APIs on one port, in their official wire formats.

mod cbor;
mod codebuild;
mod codedeploy;
mod codepipeline;
mod denied;
mod ecs;
mod ecs_native;
mod elb;
mod error;
mod form;
mod invoke;
mod reply;
mod route;
mod s3;
mod s3_delete;
mod s3_request;
mod small;
mod sns;
mod sqs;

use std::{collections::BTreeSet, io, sync::Arc};

use http::{Method, Request, Response, StatusCode, request::Parts};
use hyper::body::Incoming;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use world::World;

use crate::{
    Call, FaultKind, Faults, Functions, clock,
    faults::Calls,
    hub::Hub,
    ids,
    later::Later,
    serve::{self, Body, Hangup, Server},
};
use error::ApiError;
use reply::Reply;
use route::{Asked, Input, Service};

/// The longest body that is read.
const BODY_LIMIT: usize = 64 * 1024 * 1024;

/// What the APIs work on.
pub(crate) struct Api {
    pub(crate) hub: Arc<Hub>,
    pub(crate) functions: Functions,
    pub(crate) later: Arc<Later>,
    pub(crate) faults: Faults,
    pub(crate) calls: Calls,
    pub(crate) buckets: BTreeSet<String>,
}

impl Api {
    pub(crate) fn serve(self, socket: TcpListener) -> io::Result<Server> {
        let api = Arc::new(self);
        serve::http(socket, move |request, _| {
            let api = api.clone();
            async move { api.handle(request).await }
        })
    }

    async fn handle(&self, request: Request<Incoming>) -> Result<Response<Body>, Hangup> {
        let (parts, body) = request.into_parts();
        if let Some(path) = parts.uri.path().strip_prefix("/_local/") {
            return Ok(self.local(&parts.method, path));
        }
        let Some(body) = serve::read(body, BODY_LIMIT).await else {
            return Ok(serve::answer(
                StatusCode::PAYLOAD_TOO_LARGE,
                "text/plain",
                "too long",
            ));
        };
        let signed = is_signed(&parts);
        let asked = route::route(parts, body);
        let fault = if signed { self.strike(&asked) } else { None };
        let result = match (signed, fault) {
            (false, _) => Err(error::not_signed(asked.service)),
            (true, Some(FaultKind::DropRequest)) => {
                self.record(&asked, fault, None, None);
                return Err(Hangup);
            }
            (true, Some(FaultKind::Throttle)) => Err(error::throttled(asked.service)),
            (true, Some(FaultKind::AccessDenied)) => {
                Err(self.hub.read(|world| denied::denied(world, &asked)))
            }
            (true, Some(FaultKind::ServerError)) => Err(error::internal(asked.service)),
            (true, None | Some(FaultKind::Slow(_) | FaultKind::DropAnswer)) => {
                self.process(&asked).await
            }
        };
        let dropped = fault == Some(FaultKind::DropAnswer);
        let failure = result.as_ref().err().cloned();
        let response = asked.protocol.render(result, &asked, &ids::uuid());
        let status = (!dropped).then(|| response.status().as_u16());
        self.record(&asked, fault, status, Some(failure));
        match fault {
            Some(FaultKind::DropAnswer) => Err(Hangup),
            Some(FaultKind::Slow(wait)) => {
                tokio::time::sleep(wait).await;
                Ok(response)
            }
            _ => Ok(response),
        }
    }

    fn strike(&self, asked: &Asked) -> Option<FaultKind> {
        self.faults.strike(asked.service.as_str(), &asked.operation)
    }

    async fn process(&self, asked: &Asked) -> Result<Reply, ApiError> {
        let operation = asked.operation.as_str();
        match (asked.service, &asked.input) {
            (_, Input::Malformed(why)) => {
                Err(ApiError::new(400, "SerializationException", why.clone()))
            }
            (Service::CodeDeploy, Input::Value(input)) => {
                codedeploy::call(&self.hub, operation, input).map(Reply::Value)
            }
            (Service::Ecs, Input::Value(input)) => self
                .hub
                .read(|world| ecs::call(world, operation, input))
                .map(Reply::Value),
            (Service::CodePipeline, Input::Value(input)) => self
                .hub
                .read(|world| codepipeline::call(world, operation, input))
                .map(Reply::Value),
            (Service::CodeBuild, Input::Value(input)) => self
                .hub
                .read(|world| codebuild::call(world, operation, input))
                .map(Reply::Value),
            (Service::Logs, Input::Value(input)) => self
                .hub
                .read(|world| codebuild::logs(world, operation, input))
                .map(Reply::Value),
            (Service::Events, Input::Value(input)) => {
                small::events(&self.hub, operation, input).map(Reply::Value)
            }
            (Service::SecretsManager, Input::Value(input)) => self
                .hub
                .read(|world| small::secrets(world, operation, input))
                .map(Reply::Value),
            (Service::Sqs, Input::Value(input)) => sqs::call(&self.hub, operation, input)
                .await
                .map(Reply::Value),
            (Service::Elb, Input::Form(form)) => self
                .hub
                .read(|world| elb::call(world, operation, form))
                .map(Reply::Value),
            (Service::Sns, Input::Form(form)) => {
                sns::call(&self.hub, operation, form).map(Reply::Value)
            }
            (Service::Sts, Input::Form(_)) => self
                .hub
                .read(|world| small::sts(world, operation))
                .map(Reply::Value),
            (Service::S3, Input::S3(request)) => {
                s3::call(&self.hub, &self.buckets, operation, request).map(Reply::Response)
            }
            (Service::Lambda, Input::Invoke(request)) => {
                invoke::call(&self.later, &self.functions, operation, request)
                    .await
                    .map(Reply::Response)
            }
            _ => Err(ApiError::unknown(operation)),
        }
    }

    /// `failure`: absent when it was not processed.
    fn record(
        &self,
        asked: &Asked,
        fault: Option<FaultKind>,
        status: Option<u16>,
        failure: Option<Option<ApiError>>,
    ) {
        let accepted = failure == Some(None);
        let failure = failure.flatten();
        self.calls.add(Call {
            at: clock::now(),
            service: asked.service.as_str(),
            operation: asked.operation.clone(),
            status,
            known: !failure.as_ref().is_some_and(|f| f.unknown),
            error: failure.map(|f| f.code),
            fault,
            accepted,
        });
    }

    /// What AWS doesn't have: the state behind it, for comparison.
    fn local(&self, method: &Method, path: &str) -> Response<Body> {
        let json = match (method, path) {
            (&Method::GET, "world") => self.hub.read(serde_json::to_vec),
            (&Method::GET, "hook-event") => match self.hub.read(pending_hook) {
                Some(event) => serde_json::to_vec(&event),
                None => return serve::answer(StatusCode::NOT_FOUND, "text/plain", "no hook\n"),
            },
            (&Method::GET, "queues") => self.hub.read(|world| serde_json::to_vec(&world.queues)),
            (&Method::GET, "topics") => self.hub.read(|world| serde_json::to_vec(&world.topics)),
            (&Method::GET, "pipelines") => {
                self.hub.read(|world| serde_json::to_vec(&world.pipelines))
            }
            (&Method::GET, "builds") => self.hub.read(|world| serde_json::to_vec(&world.builds)),
            (&Method::GET, "calls") => serde_json::to_vec(&self.calls.all()),
            _ => return serve::answer(StatusCode::NOT_FOUND, "text/plain", "not found\n"),
        };
        match json {
            Ok(json) => serve::answer(StatusCode::OK, "application/json", json),
            Err(error) => serve::answer(
                StatusCode::INTERNAL_SERVER_ERROR,
                "text/plain",
                error.to_string(),
            ),
        }
    }
}

/// The event of the hook that CodeDeploy waits for now, if it waits for one.
fn pending_hook(world: &World) -> Option<Value> {
    let waits = |hook: &&world::HookExecution| hook.reported.is_none();
    world
        .deployments
        .iter()
        .rev()
        .filter(|d| !d.status.is_over())
        .find_map(|deployment| {
            let hooks = deployment
                .lifecycle
                .iter()
                .filter_map(|event| event.hook.as_ref());
            let hook = hooks.rev().find(waits)?;
            Some(json!({
                "DeploymentId": deployment.id,
                "LifecycleEventHookExecutionId": hook.id,
            }))
        })
}

/// Whether a request carries a signature, which is not checked.
fn is_signed(parts: &Parts) -> bool {
    let query = parts.uri.query().unwrap_or_default();
    parts.headers.contains_key(http::header::AUTHORIZATION) || query.contains("X-Amz-Signature=")
}

/// Takes out members that are null, as AWS leaves out what isn't there.
fn compact(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(
                members
                    .map(|(name, value)| (name, compact(value)))
                    .collect(),
            )
        }
        Value::Array(items) => items.into_iter().map(compact).collect(),
        other => other,
    }
}

/// A member that is text and not empty.
fn text<'a>(input: &'a Value, name: &str) -> Option<&'a str> {
    input[name].as_str().filter(|text| !text.is_empty())
}

/// The texts of a member that is a list.
fn texts<'a>(input: &'a Value, name: &str) -> Vec<&'a str> {
    let items = input[name].as_array().map_or(&[][..], Vec::as_slice);
    items.iter().filter_map(Value::as_str).collect()
}
