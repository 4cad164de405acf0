//! Blue/green by ECS itself: service deployments and service revisions.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::{FunctionResult, Millis};
use crate::words::words;

words! {
    /// The stages of a service deployment, in their order.
    pub enum Stage {
        /// ECS looks at what there is.
        ReconcileService => "RECONCILE_SERVICE",
        /// Before green is started.
        PreScaleUp => "PRE_SCALE_UP",
        /// Green is started. No hook.
        ScaleUp => "SCALE_UP",
        /// Green is up.
        PostScaleUp => "POST_SCALE_UP",
        /// Test traffic moves.
        TestTrafficShift => "TEST_TRAFFIC_SHIFT",
        /// Test traffic has moved.
        PostTestTrafficShift => "POST_TEST_TRAFFIC_SHIFT",
        /// Before production traffic moves; at each step of linear and canary.
        PreProductionTrafficShift => "PRE_PRODUCTION_TRAFFIC_SHIFT",
        /// Production traffic moves; at each step of linear and canary.
        ProductionTrafficShift => "PRODUCTION_TRAFFIC_SHIFT",
        /// Production traffic has moved.
        PostProductionTrafficShift => "POST_PRODUCTION_TRAFFIC_SHIFT",
        /// Both run; green serves. No hook.
        BakeTime => "BAKE_TIME",
        /// Blue is stopped. No hook.
        CleanUp => "CLEAN_UP",
    }
}

impl Stage {
    /// Whether a hook may name it.
    pub fn takes_hook(self) -> bool {
        !matches!(self, Stage::ScaleUp | Stage::BakeTime | Stage::CleanUp)
    }
}

words! {
    /// The state of a service deployment.
    pub enum ServiceDeploymentStatus {
        /// Accepted.
        Pending => "PENDING",
        /// Under way.
        InProgress => "IN_PROGRESS",
        /// Over, and green serves.
        Successful => "SUCCESSFUL",
        /// Being undone.
        RollbackInProgress => "ROLLBACK_IN_PROGRESS",
        /// Undone; blue serves.
        RollbackSuccessful => "ROLLBACK_SUCCESSFUL",
        /// Not undone: a hook stood in the way.
        RollbackFailed => "ROLLBACK_FAILED",
    }
}

impl ServiceDeploymentStatus {
    /// Whether nothing more will happen to it.
    pub fn is_over(self) -> bool {
        matches!(
            self,
            ServiceDeploymentStatus::Successful
                | ServiceDeploymentStatus::RollbackSuccessful
                | ServiceDeploymentStatus::RollbackFailed
        )
    }
}

/// How traffic goes over, as a service says it (`strategy`).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub enum Strategy {
    /// `BLUE_GREEN`: at once.
    BlueGreen,
    /// `LINEAR`: in equal steps.
    Linear {
        /// One step, in percent (3 to 100).
        step_percent: f64,
        /// The wait after each step, in minutes.
        step_bake_minutes: u32,
    },
    /// `CANARY`: a part first, then the rest.
    Canary {
        /// The first part, in percent (0.1 to 100).
        percent: f64,
        /// The wait after it, in minutes.
        bake_minutes: u32,
    },
}

impl Strategy {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Strategy::BlueGreen => "BLUE_GREEN",
            Strategy::Linear { .. } => "LINEAR",
            Strategy::Canary { .. } => "CANARY",
        }
    }
}

/// How ECS deploys a service by itself (`deploymentConfiguration`).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NativeConfig {
    /// How traffic goes over.
    pub strategy: Strategy,
    /// How long both run once green serves, in minutes.
    pub bake_minutes: u32,
    /// Its hooks.
    pub hooks: Vec<NativeHook>,
}

/// A lifecycle hook of a service (`lifecycleHooks`).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NativeHook {
    /// The function, a name or an ARN (`hookTargetArn`).
    pub function: String,
    /// The role that lets ECS call it.
    pub role_arn: String,
    /// The stages it is called at.
    pub stages: Vec<Stage>,
    /// What is handed to it each time (`hookDetails`).
    pub details: Option<Value>,
    /// How long it may take, in minutes: 1440 unless said otherwise.
    pub timeout_minutes: u32,
}

/// A request to deploy a service by ECS itself (`UpdateService`).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NativeRequest {
    /// The name of the cluster.
    pub cluster: String,
    /// The name of the service.
    pub service: String,
    /// The task definition: an ARN or `family:revision`.
    pub task_definition: String,
    /// Another configuration from now on.
    pub config: Option<NativeConfig>,
}

/// A service revision: what a service was at one moment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ServiceRevision {
    /// Its ARN.
    pub arn: String,
    /// The ARN of its service.
    pub service_arn: String,
    /// The ARN of its cluster.
    pub cluster_arn: String,
    /// The ARN of its task definition.
    pub task_definition_arn: String,
    /// The target group its tasks are in (`resolvedConfiguration`).
    pub target_group_arn: String,
    /// The rule of production traffic.
    pub production_listener_rule: String,
    /// The rule of test traffic.
    pub test_listener_rule: Option<String>,
    /// The container behind the load balancer.
    pub container_name: String,
    /// The port inside the container.
    pub container_port: u16,
    /// The `startedBy` of its tasks: `ecs-svc/` and digits, the id of the
    /// entry in the service's `deployments`.
    pub started_by: String,
    /// How many tasks it shall have.
    pub desired_count: u32,
    /// How many are starting.
    pub pending_count: u32,
    /// How many run.
    pub running_count: u32,
    /// When it was made.
    pub created_at: Millis,
}

/// A deployment of a service by ECS itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ServiceDeployment {
    /// Its ARN.
    pub arn: String,
    /// The ARN of its service.
    pub service_arn: String,
    /// The ARN of its cluster.
    pub cluster_arn: String,
    /// Its state.
    pub status: ServiceDeploymentStatus,
    /// Why it is in that state, in words.
    pub status_reason: Option<String>,
    /// The stage it is at.
    pub stage: Stage,
    /// The stages it went through with their times, in order; a stage that
    /// comes again is here again.
    pub stages: Vec<StageRun>,
    /// How it deploys.
    pub config: NativeConfig,
    /// The revision that served before: blue.
    pub source_revision: String,
    /// The revision that shall serve: green.
    pub target_revision: String,
    /// What test traffic is asked to be: percent by revision ARN. Empty until
    /// it first moves.
    pub test_weights: BTreeMap<String, f64>,
    /// What production traffic is asked to be: percent by revision ARN. Empty
    /// until it first moves.
    pub production_weights: BTreeMap<String, f64>,
    /// The calls of its hooks, oldest first.
    pub hooks: Vec<NativeHookExecution>,
    /// Why it is rolled back, and since when.
    pub rollback: Option<NativeRollback>,
    /// When it was accepted.
    pub created_at: Millis,
    /// When it began.
    pub started_at: Option<Millis>,
    /// When it last changed.
    pub updated_at: Millis,
    /// When it was over.
    pub finished_at: Option<Millis>,
    /// When the present wait is over: a bake time, or the limit of scaling up.
    pub wait_until: Option<Millis>,
    /// Green's share of production traffic, in percent.
    pub green_percent: f64,
}

/// A stage that a service deployment went through.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StageRun {
    /// Which.
    pub stage: Stage,
    /// Whether it was on the way back.
    pub rollback: bool,
    /// When it began.
    pub started_at: Millis,
    /// When it ended.
    pub ended_at: Option<Millis>,
    /// Whether a hook of it failed.
    pub failed: bool,
}

/// The rollback of a service deployment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NativeRollback {
    /// Why, in words.
    pub reason: String,
    /// Since when.
    pub started_at: Millis,
    /// The revision that serves again.
    pub service_revision_arn: String,
}

words! {
    /// What has become of a hook of a service deployment
    /// (`lifecycleHookDetails[].status`).
    pub enum NativeHookStatus {
        /// Called, or to be called again.
        InProgress => "IN_PROGRESS",
        /// It said `SUCCEEDED`.
        Succeeded => "SUCCEEDED",
        /// It said `FAILED`, something else, or nothing.
        Failed => "FAILED",
        /// It did not come to an end in time.
        TimedOut => "TIMED_OUT",
    }
}

/// A hook of a service deployment at one stage: one or more calls.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NativeHookExecution {
    /// Its id (`executionId`), the same for each call.
    pub id: String,
    /// The stage.
    pub stage: Stage,
    /// Whether it is called on the way back.
    pub rollback: bool,
    /// The function, a name or an ARN.
    pub function: String,
    /// What has become of it.
    pub status: NativeHookStatus,
    /// How many times it was called.
    pub calls: u32,
    /// Whether a call is out now.
    pub running: bool,
    /// When it is to be called again.
    pub next_call_at: Option<Millis>,
    /// What is handed over at the next call.
    pub details: Option<Value>,
    /// When it was first called.
    pub started_at: Millis,
    /// When it must have come to an end.
    pub deadline: Millis,
    /// When it came to an end.
    pub ended_at: Option<Millis>,
    /// What its last call returned.
    pub returned: Option<FunctionResult>,
    /// Why it failed, in words.
    pub reason: Option<String>,
}
