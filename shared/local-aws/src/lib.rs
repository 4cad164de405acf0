//! A local AWS: the part of it that a blue/green deployment touches, on
//! loopback, with the official wire formats.
//!
//! [`LocalAws`] holds a [`World`](world::World) and makes it real: AWS's APIs
//! read and change it ([`LocalAws::endpoint_url`]), a load balancer forwards by
//! its listeners, rules and weights and writes back who is healthy, a [`Fleet`]
//! runs its tasks, and [`Functions`] run its hooks, each a process of its own
//! under Lambda's Runtime API. [`Faults`] make the APIs fail in the ways that
//! AWS does, and every call is recorded ([`LocalAws::calls`]).
//!
//! Around the deployment there is what tells of it: EventBridge with rules that
//! call functions ([`LocalAws::put_rule`], [`AsyncConfig`]), queues that feed
//! them ([`Mapping`]), topics, and a pipeline with its builds and logs
//! ([`LocalAws::start_pipeline`]). CodePipeline, CodeBuild, CodeDeploy and ECS
//! put the events on the default bus that AWS's do.
//!
//! The world decides, this crate carries out: nothing here knows in which order
//! a deployment goes.
//!
//! Left out on purpose: TLS (listeners for HTTPS speak HTTP here), signatures
//! (a request must carry one, and any will do), permissions, limits of memory,
//! WebSockets, and what a function's process starts itself, which ends with the
//! process only if it wants to. What AWS has and this has not is answered with
//! `UnknownOperationException` (`InvalidAction`, `NotImplemented`) and recorded
//! as not known.
//!
//! Beside AWS's own, `GET /_local/world` and `GET /_local/calls` give the state
//! behind the APIs as JSON, and so do `queues`, `topics`, `pipelines` and
//! `builds`.

mod api;
mod balancer;
mod clock;
mod driver;
mod faults;
mod fleet;
mod hub;
mod ids;
mod lambda;
mod later;
mod local;
mod mailbox;
mod mapping;
mod serve;
mod sync;

pub use balancer::{BalancerConfig, HealthPace, IDLE_TIMEOUT};
pub use faults::{Call, Fault, FaultId, FaultKind, Faults};
pub use fleet::{Colour, Fleet, FleetFuture, Launch};
pub use hub::Update;
pub use lambda::{
    Answer, FunctionError, FunctionSpec, Functions, FunctionsConfig, INIT_LIMIT, Invocation,
    LogLine, LogSink, PAYLOAD_LIMIT, Stream,
};
pub use later::AsyncConfig;
pub use local::{LocalAws, Setup};
pub use mapping::Mapping;

/// The access key that functions and clients of the local AWS are given. It
/// opens nothing.
pub const ACCESS_KEY_ID: &str = "ASIALOCALGREENLIGHT0";
/// The secret that goes with it; signatures aren't checked.
pub const SECRET_ACCESS_KEY: &str = "local-secret-that-opens-nothing";
/// The session token that goes with it.
pub const SESSION_TOKEN: &str = "local-session-token";

/// What is answered for a hook whose function isn't here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub enum UnknownHook {
    /// `Failed`: the deployment is rolled back.
    #[default]
    Fail,
    /// `Succeeded`: the deployment goes on.
    Succeed,
    /// Nothing: somebody else answers it, or it times out.
    Wait,
}
