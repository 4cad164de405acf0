//! AWS CodeDeploy: applications, deployment groups, deployments.

use serde::Serialize;

use super::Millis;
use crate::words::words;

/// A CodeDeploy application on ECS.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Application {
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: String,
    /// When it was made.
    pub created_at: Millis,
}

/// A deployment group: which service is deployed, and how.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DeploymentGroup {
    /// The application it belongs to.
    pub application: String,
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: String,
    /// The role that CodeDeploy takes on.
    pub service_role_arn: String,
    /// The name of the cluster of its service.
    pub cluster: String,
    /// The name of its service.
    pub service: String,
    /// The names of its two target groups.
    pub target_groups: [String; 2],
    /// The listener of production traffic.
    pub production_listener: String,
    /// The listener of test traffic.
    pub test_listener: Option<String>,
    /// The name of the deployment configuration.
    pub config: String,
    /// How long blue is kept after a success, in minutes (at most 2880).
    pub termination_wait_minutes: u32,
    /// Whether a failed deployment is rolled back (`DEPLOYMENT_FAILURE`).
    pub rollback_on_failure: bool,
}

/// How production traffic goes over to green.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub enum TrafficRouting {
    /// At once.
    AllAtOnce,
    /// A part first, the rest after a wait (`TimeBasedCanary`).
    Canary {
        /// The first part, in percent.
        percent: u32,
        /// The wait, in minutes.
        minutes: u32,
    },
    /// In equal steps, with a wait between them (`TimeBasedLinear`).
    Linear {
        /// One step, in percent.
        percent: u32,
        /// The wait, in minutes.
        minutes: u32,
    },
}

/// A deployment configuration.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DeploymentConfig {
    /// Its name.
    pub name: String,
    /// What it does.
    pub routing: TrafficRouting,
}

words! {
    /// The state of a deployment.
    pub enum DeploymentStatus {
        /// Accepted.
        Created => "Created",
        /// Waiting for its turn.
        Queued => "Queued",
        /// Under way.
        InProgress => "InProgress",
        /// Watched after the traffic shift.
        Baking => "Baking",
        /// Over, and green serves.
        Succeeded => "Succeeded",
        /// Over, and it went wrong.
        Failed => "Failed",
        /// Over, because somebody stopped it.
        Stopped => "Stopped",
        /// Waiting to be told to shift traffic.
        Ready => "Ready",
    }
}

impl DeploymentStatus {
    /// Whether nothing more will happen to it.
    pub fn is_over(self) -> bool {
        matches!(
            self,
            DeploymentStatus::Succeeded | DeploymentStatus::Failed | DeploymentStatus::Stopped
        )
    }
}

words! {
    /// Who made a deployment.
    pub enum Creator {
        /// A user or a pipeline.
        User => "user",
        /// CodeDeploy, to undo a failed one.
        Rollback => "codeDeployRollback",
    }
}

words! {
    /// The lifecycle events of an ECS deployment, in their order.
    pub enum LifecycleEventName {
        /// Before the green task set is made.
        BeforeInstall => "BeforeInstall",
        /// The green task set is made. No hook.
        Install => "Install",
        /// The green task set is up.
        AfterInstall => "AfterInstall",
        /// The test listener moves to green. No hook.
        AllowTestTraffic => "AllowTestTraffic",
        /// The test listener serves green.
        AfterAllowTestTraffic => "AfterAllowTestTraffic",
        /// The last moment before production traffic moves.
        BeforeAllowTraffic => "BeforeAllowTraffic",
        /// Production traffic moves to green. No hook.
        AllowTraffic => "AllowTraffic",
        /// Production serves green.
        AfterAllowTraffic => "AfterAllowTraffic",
    }
}

impl LifecycleEventName {
    /// Whether an AppSpec may name a function for it.
    pub fn takes_hook(self) -> bool {
        !matches!(
            self,
            LifecycleEventName::Install
                | LifecycleEventName::AllowTestTraffic
                | LifecycleEventName::AllowTraffic
        )
    }
}

words! {
    /// The state of a lifecycle event; also the words that a hook may report,
    /// of which only `Succeeded` and `Failed` are accepted.
    pub enum LifecycleEventStatus {
        /// Not yet begun.
        Pending => "Pending",
        /// Under way.
        InProgress => "InProgress",
        /// Over, and well.
        Succeeded => "Succeeded",
        /// Over, and not well.
        Failed => "Failed",
        /// Passed over.
        Skipped => "Skipped",
        /// Nobody knows.
        Unknown => "Unknown",
    }
}

/// A lifecycle event of one deployment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LifecycleEvent {
    /// Which.
    pub name: LifecycleEventName,
    /// Its state.
    pub status: LifecycleEventStatus,
    /// When it began.
    pub started_at: Option<Millis>,
    /// When it ended.
    pub ended_at: Option<Millis>,
    /// Why it failed.
    pub diagnostics: Option<Diagnostics>,
    /// The call of its hook, if it has one and it was called.
    pub hook: Option<HookExecution>,
}

/// What CodeDeploy notes about a lifecycle event that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostics {
    /// `Success`, `ScriptFailed`, `ScriptTimedOut` or `UnknownError`.
    pub error_code: String,
    /// The function.
    pub script_name: String,
    /// In words.
    pub message: String,
    /// The end of the log; empty for a function.
    pub log_tail: String,
}

/// One call of a hook's function by CodeDeploy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HookExecution {
    /// Its id: opaque, base64 of JSON.
    pub id: String,
    /// The function, a name or an ARN, as the AppSpec has it.
    pub function: String,
    /// When the function was called.
    pub invoked_at: Millis,
    /// Until when CodeDeploy waits for a status.
    pub deadline: Millis,
    /// The status that was accepted: `Succeeded` or `Failed`.
    pub reported: Option<LifecycleEventStatus>,
    /// When it was accepted.
    pub reported_at: Option<Millis>,
    /// What the function itself returned. CodeDeploy doesn't care; a timeline
    /// might.
    pub returned: Option<FunctionResult>,
}

/// How a function's invocation ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum FunctionResult {
    /// It returned this.
    Returned(serde_json::Value),
    /// It failed, was killed, or could not be called; in one line.
    Failed(String),
}

/// Why a deployment failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ErrorInformation {
    /// A value of CodeDeploy's `ErrorCode`, such as `HOOK_EXECUTION_FAILURE`.
    pub code: String,
    /// In CodeDeploy's words.
    pub message: String,
}

/// The link between a deployment and its rollback.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RollbackInfo {
    /// On the failed one: the deployment that undoes it.
    pub rollback_deployment_id: Option<String>,
    /// On the rollback: the deployment that it undoes.
    pub rollback_triggering_deployment_id: Option<String>,
    /// In words.
    pub rollback_message: Option<String>,
}

/// A hook of an AppSpec.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AppSpecHook {
    /// When it runs.
    pub event: LifecycleEventName,
    /// The function, a name or an ARN.
    pub function: String,
}

/// What an AppSpec says, parsed by the caller.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Revision {
    /// The task definition: an ARN with its revision, `family:revision`, or
    /// the pipeline's placeholder `<TASK_DEFINITION>`, which stands for the
    /// newest revision of the family that is running.
    pub task_definition: String,
    /// The container behind the load balancer.
    pub container_name: String,
    /// The port inside the container.
    pub container_port: u16,
    /// The platform version of Fargate.
    pub platform_version: Option<String>,
    /// The hooks, in the AppSpec's order.
    pub hooks: Vec<AppSpecHook>,
}

/// A request to deploy (`CreateDeployment`).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DeployRequest {
    /// The application.
    pub application: String,
    /// The deployment group.
    pub group: String,
    /// A deployment configuration in place of the group's.
    pub config: Option<String>,
    /// A description.
    pub description: Option<String>,
    /// The AppSpec as text, for `GetDeployment` to echo.
    pub appspec: String,
    /// What the AppSpec says.
    pub revision: Revision,
}

/// A CodeDeploy deployment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Deployment {
    /// Its id: `d-` and nine letters or digits.
    pub id: String,
    /// The application.
    pub application: String,
    /// The deployment group.
    pub group: String,
    /// The name of the deployment configuration.
    pub config: String,
    /// How production traffic goes over.
    pub routing: TrafficRouting,
    /// A description.
    pub description: Option<String>,
    /// Its state.
    pub status: DeploymentStatus,
    /// Who made it.
    pub creator: Creator,
    /// The AppSpec as text.
    pub appspec: String,
    /// What the AppSpec says.
    pub revision: Revision,
    /// The ARN of the task definition that green runs.
    pub task_definition_arn: String,
    /// Why it failed.
    pub error: Option<ErrorInformation>,
    /// The link to its rollback, or to what it rolls back.
    pub rollback: Option<RollbackInfo>,
    /// When it was accepted.
    pub created_at: Millis,
    /// When it began.
    pub started_at: Option<Millis>,
    /// When it was over.
    pub completed_at: Option<Millis>,
    /// Its lifecycle events, all eight, in order.
    pub lifecycle: Vec<LifecycleEvent>,
    /// The id of the task set that served when it began.
    pub blue_task_set: Option<String>,
    /// The id of the task set that it made.
    pub green_task_set: Option<String>,
    /// The ARN of blue's target group.
    pub blue_target_group: String,
    /// The ARN of green's target group.
    pub green_target_group: String,
    /// Its task sets as they were last seen, so that they can be described
    /// when they are gone: blue first.
    pub task_sets: Vec<TaskSetInfo>,
    /// How far the shift of production traffic has come.
    pub shift: Shift,
    /// When blue is stopped, once green serves.
    pub terminate_at: Option<Millis>,
}

/// A task set as a deployment target shows it (`taskSetsInfo`).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TaskSetInfo {
    /// The id of the task set.
    pub id: String,
    /// Blue or green.
    pub label: super::TaskSetLabel,
    /// The name of its target group.
    pub target_group: String,
    /// Its standing; absent when it is gone.
    pub status: Option<super::TaskSetStatus>,
    /// Its share of production traffic, in percent.
    pub traffic_weight: f64,
    /// How many tasks it shall have.
    pub desired_count: u32,
    /// How many are starting.
    pub pending_count: u32,
    /// How many run.
    pub running_count: u32,
}

/// How far a shift of production traffic has come.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Shift {
    /// Green's share, in percent.
    pub percent: u32,
    /// When the next step is due.
    pub next_at: Option<Millis>,
}
