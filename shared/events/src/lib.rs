//! What AWS and other tools report about pipelines, as one domain type.
//!
//! [`parse`] and [`read`] take what EventBridge, SNS or a trigger hands over.
//! They accept what is really sent: numbers with a fraction, numbers in
//! quotes, JSON inside of strings, fields and states that nobody has told of.
//! Whatever can't be understood becomes a plain notice of its source, type and
//! resources, so that nothing of its content gets any further.

mod build;
mod deployment;
mod ecs;
mod envelope;
mod event;
mod image;
mod moment;
mod own;
mod pipeline;
mod reader;
mod repository;

pub use self::{
    build::{AboutBuild, Build, BuildLog, BuildPhase, EndedPhase},
    deployment::{Deployment, Failure, Instance, LifecycleEvent},
    ecs::{Container, EcsDeployment, EcsHook, ServiceAction, ServiceName, Severity, Task},
    envelope::{NoEvent, parse, read},
    event::{Event, Kind, Notice, Phase, State},
    image::{ImageAction, Scan},
    moment::Moment,
    own::{GateOutcome, GateVerdict, ToolEvent},
    pipeline::{Action, Approval, Execution, ExecutionId, External, FailedAction, Stage, Trigger},
    repository::{PullRequest, Reference},
};
