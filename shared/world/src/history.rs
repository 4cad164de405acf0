//! What happened: the rows of a timeline.

use serde::Serialize;

use crate::{
    Creator, DeploymentStatus, ErrorInformation, Forward, LifecycleEventName, LifecycleEventStatus,
    Millis, ServiceDeploymentStatus, Stage, TargetReason, TargetState,
};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Happening {
    /// When.
    pub at: Millis,
    /// What.
    pub what: Event,
}

/// A step of a deployment: CodeDeploy's or ECS's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Step {
    /// A lifecycle event of CodeDeploy.
    Lifecycle(LifecycleEventName),
    /// A stage of a service deployment.
    Native(Stage),
}

impl Step {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Step::Lifecycle(event) => event.as_str(),
            Step::Native(stage) => stage.as_str(),
        }
    }
}

/// The part a listener plays in a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Traffic {
    /// What users get.
    Production,
    /// What tests get.
    Test,
}

/// How a deployment of either kind ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Ending {
    /// CodeDeploy's.
    CodeDeploy {
        /// `Succeeded`, `Failed` or `Stopped`.
        status: DeploymentStatus,
        /// Why it failed.
        error: Option<ErrorInformation>,
    },
    /// ECS's own.
    Native {
        /// `SUCCESSFUL`, `ROLLBACK_SUCCESSFUL` or `ROLLBACK_FAILED`.
        status: ServiceDeploymentStatus,
        /// Why, in words.
        reason: Option<String>,
    },
}

/// What happened. `deployment` is CodeDeploy's deployment id or the ARN of
/// ECS's service deployment.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type")]
pub enum Event {
    /// A deployment was accepted.
    DeploymentCreated {
        /// Which.
        deployment: String,
        /// Application and group, or cluster and service.
        of: (String, String),
        /// Who made it.
        creator: Creator,
    },
    /// A lifecycle event or stage began.
    StepStarted {
        /// Of which deployment.
        deployment: String,
        /// Which.
        step: Step,
    },
    /// A lifecycle event or stage ended.
    StepEnded {
        /// Of which deployment.
        deployment: String,
        /// Which.
        step: Step,
        /// How.
        status: LifecycleEventStatus,
        /// How long it took, in milliseconds.
        took_ms: u64,
    },
    /// A hook's function was called.
    HookInvoked {
        /// Of which deployment.
        deployment: String,
        /// At which step.
        step: Step,
        /// The function.
        function: String,
        /// The id of the execution.
        execution: String,
    },
    /// A hook's status was accepted (CodeDeploy), or its answer said
    /// `SUCCEEDED`, `FAILED` or `IN_PROGRESS` (ECS).
    HookReported {
        /// Of which deployment.
        deployment: String,
        /// At which step.
        step: Step,
        /// The function.
        function: String,
        /// The id of the execution.
        execution: String,
        /// What it said.
        status: LifecycleEventStatus,
    },
    /// A hook's function came back with an error, or with an answer that isn't
    /// one.
    HookBroke {
        /// Of which deployment.
        deployment: String,
        /// The function.
        function: String,
        /// The id of the execution.
        execution: String,
        /// What went wrong, in one line.
        reason: String,
    },
    /// A hook said nothing in time.
    HookTimedOut {
        /// Of which deployment.
        deployment: String,
        /// At which step.
        step: Step,
        /// The function.
        function: String,
        /// The id of the execution.
        execution: String,
    },
    /// A listener's default action or rule now forwards elsewhere.
    ListenerMoved {
        /// By which deployment.
        deployment: String,
        /// The ARN of the listener.
        listener: String,
        /// The ARN of the rule; absent: the default action.
        rule: Option<String>,
        /// The part it plays.
        traffic: Traffic,
        /// Where it forwards to.
        forwards: Vec<Forward>,
    },
    /// So much production or test traffic is green's now.
    TrafficShifted {
        /// By which deployment.
        deployment: String,
        /// Which traffic.
        traffic: Traffic,
        /// Green's share, in percent.
        green_percent: f64,
    },
    /// A task set was made.
    TaskSetCreated {
        /// By which deployment.
        deployment: String,
        /// Its id.
        task_set: String,
    },
    /// A task set is the primary one now.
    TaskSetPrimary {
        /// By which deployment.
        deployment: String,
        /// Its id.
        task_set: String,
    },
    /// A task was asked for.
    TaskStarting {
        /// Its id.
        task: String,
        /// The id of its task set, or what ECS's own deployment has for it.
        started_by: String,
    },
    /// A task runs.
    TaskRunning {
        /// Its id.
        task: String,
        /// Its address.
        address: String,
        /// Its port.
        port: u16,
    },
    /// A task stopped.
    TaskStopped {
        /// Its id.
        task: String,
        /// The exit code of its process.
        exit_code: Option<i32>,
        /// Why.
        reason: String,
        /// Whether it had been told to stop.
        expected: bool,
    },
    /// A target's health changed.
    TargetChanged {
        /// The name of the target group.
        target_group: String,
        /// The target's address.
        id: String,
        /// The target's port.
        port: u16,
        /// What it was; absent for a new one.
        from: Option<TargetState>,
        /// What it is; absent for one that was taken out.
        to: Option<TargetState>,
        /// Why it isn't healthy.
        reason: Option<TargetReason>,
    },
    /// A deployment is being undone.
    RollbackStarted {
        /// Which.
        deployment: String,
        /// The deployment that undoes it; for ECS's own, the same.
        rollback: String,
        /// Why, in words.
        reason: String,
    },
    /// A deployment is over.
    DeploymentEnded {
        /// Which.
        deployment: String,
        /// How.
        ending: Ending,
    },
}
