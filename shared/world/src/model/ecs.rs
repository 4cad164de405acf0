//! Amazon ECS: clusters, services, task sets, tasks, task definitions.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::{Millis, NativeConfig};
use crate::words::words;

/// An ECS cluster.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cluster {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
}

words! {
    /// What deploys a service (`deploymentController.type`).
    pub enum DeploymentController {
        /// CodeDeploy, through task sets.
        CodeDeploy => "CODE_DEPLOY",
        /// ECS itself.
        Ecs => "ECS",
    }
}

/// An ECS service.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Service {
    /// Its ARN.
    pub arn: String,
    /// The name of its cluster.
    pub cluster: String,
    /// The ARN of its cluster.
    pub cluster_arn: String,
    /// Its name.
    pub name: String,
    /// What deploys it.
    pub controller: DeploymentController,
    /// How many tasks are wanted.
    pub desired_count: u32,
    /// When it was created.
    pub created_at: Millis,
    /// Its task sets; empty unless CodeDeploy deploys it.
    pub task_sets: Vec<TaskSet>,
    /// How its containers are attached to load balancers. With task sets, each
    /// set says it for itself and this is empty, as on AWS.
    pub load_balancers: Vec<ServiceLoadBalancer>,
    /// How ECS deploys it by itself; absent when CodeDeploy does.
    pub native: Option<NativeConfig>,
    /// The service revision that serves; absent when CodeDeploy deploys it.
    pub current_revision: Option<String>,
    /// What the service scheduler said, oldest first (`DescribeServices`
    /// gives the newest first, at most a hundred).
    pub events: Vec<ServiceEvent>,
}

/// A line of a service's event log.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ServiceEvent {
    /// Its id.
    pub id: String,
    /// When it was written.
    pub created_at: Millis,
    /// What it says.
    pub message: String,
}

/// How a container of a service is attached to a load balancer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ServiceLoadBalancer {
    /// The target group (the first one, with `advanced`).
    pub target_group_arn: String,
    /// The container.
    pub container_name: String,
    /// The port inside the container.
    pub container_port: u16,
    /// What ECS's own blue/green needs besides.
    pub advanced: Option<AdvancedConfiguration>,
}

/// `advancedConfiguration` of a service's load balancer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AdvancedConfiguration {
    /// The other target group.
    pub alternate_target_group_arn: String,
    /// The rule (for a network load balancer: the listener) of production
    /// traffic.
    pub production_listener_rule: String,
    /// The rule (for a network load balancer: the listener) of test traffic.
    pub test_listener_rule: Option<String>,
    /// The role that lets ECS move them.
    pub role_arn: String,
}

words! {
    /// The standing of a task set.
    pub enum TaskSetStatus {
        /// It serves production traffic.
        Primary => "PRIMARY",
        /// It runs, but isn't the one that serves.
        Active => "ACTIVE",
        /// Its tasks are being stopped.
        Draining => "DRAINING",
    }
}

words! {
    /// Whether a task set has come to rest.
    pub enum StabilityStatus {
        /// All tasks run and are healthy.
        SteadyState => "STEADY_STATE",
        /// Not yet.
        Stabilizing => "STABILIZING",
    }
}

words! {
    /// CodeDeploy's label of a task set.
    pub enum TaskSetLabel {
        /// The original.
        Blue => "Blue",
        /// The replacement.
        Green => "Green",
    }
}

/// A task set: one side of a CodeDeploy blue/green deployment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TaskSet {
    /// Its id, `ecs-svc/` and digits; also the `startedBy` of its tasks.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// The deployment that made it; absent on one that CodeDeploy didn't make.
    pub external_id: Option<String>,
    /// Who made it: `CODE_DEPLOY`.
    pub started_by: String,
    /// Its standing.
    pub status: TaskSetStatus,
    /// The ARN of the task definition that its tasks run.
    pub task_definition_arn: String,
    /// The ARN of the target group that its tasks are in.
    pub target_group_arn: String,
    /// The container behind the load balancer.
    pub container_name: String,
    /// The port inside the container.
    pub container_port: u16,
    /// The platform version of Fargate, `LATEST` unless the AppSpec names one.
    pub platform_version: String,
    /// How many tasks it shall have: the service's count times the scale.
    pub computed_desired_count: u32,
    /// How many are starting.
    pub pending_count: u32,
    /// How many run.
    pub running_count: u32,
    /// Its share of the service's desired count, in percent.
    pub scale: f64,
    /// Whether it has come to rest.
    pub stability: StabilityStatus,
    /// When the stability was last found.
    pub stability_at: Millis,
    /// When it was made.
    pub created_at: Millis,
    /// When it last changed.
    pub updated_at: Millis,
}

words! {
    /// The state of a task, wanted or actual.
    pub enum TaskStatus {
        /// Asked for, not yet running.
        Pending => "PENDING",
        /// Its containers run.
        Running => "RUNNING",
        /// Told to stop, not yet stopped.
        Stopping => "STOPPING",
        /// Over.
        Stopped => "STOPPED",
    }
}

words! {
    /// What the container health checks say of a task.
    pub enum HealthStatus {
        /// They pass.
        Healthy => "HEALTHY",
        /// They fail.
        Unhealthy => "UNHEALTHY",
        /// There are none.
        Unknown => "UNKNOWN",
    }
}

words! {
    /// Why a task stopped, as a code.
    pub enum StopCode {
        /// It never ran.
        TaskFailedToStart => "TaskFailedToStart",
        /// A container that it can't do without ended.
        EssentialContainerExited => "EssentialContainerExited",
        /// Somebody stopped it.
        UserInitiated => "UserInitiated",
        /// The service scheduler stopped it.
        ServiceSchedulerInitiated => "ServiceSchedulerInitiated",
    }
}

/// A task: on this machine, one process or one server that stands for it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Task {
    /// Its id, 32 hexadecimal digits: the last part of the ARN.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// The ARN of its cluster.
    pub cluster_arn: String,
    /// The name of its service (`group` is `service:` and this).
    pub service: String,
    /// The id of what started it (`startedBy`): the task set, or the ECS
    /// deployment of [`ServiceRevision::started_by`](super::ServiceRevision).
    pub started_by: String,
    /// The ARN of its task definition.
    pub task_definition_arn: String,
    /// The ARN of the target group that it joins when it runs.
    pub target_group_arn: String,
    /// What it is.
    pub last_status: TaskStatus,
    /// What it shall be: `RUNNING` or `STOPPED`.
    pub desired_status: TaskStatus,
    /// What its container health checks say.
    pub health_status: HealthStatus,
    /// Its containers.
    pub containers: Vec<Container>,
    /// Its private address, once it runs.
    pub address: Option<String>,
    /// The port inside the container.
    pub container_port: u16,
    /// The port at `address` where it is really reached, once it runs.
    pub host_port: Option<u16>,
    /// Why it stopped, as a code.
    pub stop_code: Option<StopCode>,
    /// Why it stopped, in words.
    pub stopped_reason: Option<String>,
    /// When it was asked for.
    pub created_at: Millis,
    /// When it began to run.
    pub started_at: Option<Millis>,
    /// When it was told to stop.
    pub stopping_at: Option<Millis>,
    /// When it had stopped.
    pub stopped_at: Option<Millis>,
}

/// A container of a task.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Container {
    /// Its name in the task definition.
    pub name: String,
    /// Its image.
    pub image: String,
    /// What it is.
    pub last_status: TaskStatus,
    /// The exit code of its process, once over.
    pub exit_code: Option<i32>,
    /// Why it ended, in words.
    pub reason: Option<String>,
    /// What its health check says.
    pub health_status: HealthStatus,
}

words! {
    /// Whether a task definition may be used.
    pub enum TaskDefinitionStatus {
        /// It may.
        Active => "ACTIVE",
        /// It was deregistered.
        Inactive => "INACTIVE",
    }
}

/// One revision of a task definition.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TaskDefinition {
    /// Its ARN, the revision included.
    pub arn: String,
    /// Its family.
    pub family: String,
    /// Its revision, from 1.
    pub revision: u32,
    /// Whether it may be used.
    pub status: TaskDefinitionStatus,
    /// The network mode, `awsvpc` on Fargate.
    pub network_mode: String,
    /// Its containers.
    pub containers: Vec<ContainerDefinition>,
    /// All of it as it was registered, for `DescribeTaskDefinition` to echo.
    pub raw: Value,
    /// When it was registered.
    pub registered_at: Millis,
}

/// A container of a task definition.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ContainerDefinition {
    /// Its name.
    pub name: String,
    /// Its image.
    pub image: String,
    /// Whether the task ends with it.
    pub essential: bool,
    /// The ports it listens on.
    pub port_mappings: Vec<PortMapping>,
    /// Its docker labels.
    pub docker_labels: BTreeMap<String, String>,
}

/// A port of a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PortMapping {
    /// The port inside the container.
    pub container_port: u16,
    /// The port on the host, if the definition names one.
    pub host_port: Option<u16>,
    /// `tcp` or `udp`.
    pub protocol: String,
}
