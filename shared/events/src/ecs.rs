//! ECS: service deployments, services, tasks and lifecycle hooks.
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_cwe_events.html>

use serde::{Deserialize, Serialize};

use crate::{event::State, moment::Moment, reader::Reader};

/// A service, by cluster and name.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ServiceName {
    /// The cluster; older ARNs don't tell it.
    pub cluster: Option<String>,
    /// The service.
    pub service: String,
}

/// A service deployment changed its state.
#[derive(Debug, Clone, PartialEq)]
pub struct EcsDeployment {
    /// The service.
    pub service: ServiceName,
    /// The deployment, `ecs-svc/…`.
    pub deployment: String,
    /// Its state.
    pub state: State,
    /// Why. That it is a rollback is told only here.
    pub reason: Option<String>,
}

impl EcsDeployment {
    /// Whether it goes back to an earlier version.
    pub fn is_rollback(&self) -> bool {
        let reason = self.reason.as_deref().unwrap_or_default();
        reason.to_ascii_lowercase().contains("rolling back")
    }
}

/// A service tells of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceAction {
    /// The service.
    pub service: ServiceName,
    /// `SERVICE_STEADY_STATE`.
    pub name: String,
    /// How bad it is.
    pub severity: Severity,
    /// Why.
    pub reason: Option<String>,
}

/// How bad something is, in ECS's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Severity {
    /// It is told.
    Info,
    /// It may become bad.
    Warn,
    /// It is bad.
    Error,
}

/// A task changed its state.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// The task's id, without the ARN around it.
    pub task: String,
    /// The cluster.
    pub cluster: Option<String>,
    /// `service:name`, `family:name`.
    pub group: Option<String>,
    /// Who started it: a task set or a deployment.
    pub started_by: Option<String>,
    /// The task definition, `family:revision`.
    pub task_definition: Option<String>,
    /// The state that it has.
    pub last: String,
    /// The state that it shall have.
    pub desired: String,
    /// Why it stopped, as a code.
    pub stop_code: Option<String>,
    /// Why it stopped, in words.
    pub stopped_reason: Option<String>,
    /// Its containers.
    pub containers: Vec<Container>,
    /// Counts up with each change of the task; tells repeated events.
    pub version: Option<u64>,
}

/// A container of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// Its exit code.
    pub exit_code: Option<u64>,
    /// Why it ended.
    pub reason: Option<String>,
}

/// A lifecycle hook of a service deployment changed its state.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_hook_state_change_events.html>
#[derive(Debug, Clone, PartialEq)]
pub struct EcsHook {
    /// The service.
    pub service: ServiceName,
    /// The service deployment's ARN.
    pub deployment: String,
    /// The hook's id.
    pub hook: String,
    /// `PAUSE`, `AWS_LAMBDA`.
    pub kind: Option<String>,
    /// The stage, `POST_TEST_TRAFFIC_SHIFT`.
    pub stage: Option<String>,
    /// Its state.
    pub state: State,
    /// Until when it waits.
    pub expires: Option<Moment>,
}

pub(crate) fn deployment(detail: Reader<'_>, resources: &[String]) -> Option<EcsDeployment> {
    let name = detail.text("eventName")?;
    Some(EcsDeployment {
        service: service(resources)?,
        deployment: detail.text("deploymentId")?,
        state: State::of(name.strip_prefix("SERVICE_DEPLOYMENT_").unwrap_or(&name)),
        reason: detail.text("reason"),
    })
}

pub(crate) fn action(detail: Reader<'_>, resources: &[String]) -> Option<ServiceAction> {
    Some(ServiceAction {
        service: service(resources)?,
        name: detail.text("eventName")?,
        severity: match detail.text("eventType")?.as_str() {
            "INFO" => Severity::Info,
            "ERROR" => Severity::Error,
            // A new word is no reason to say that all is well.
            _ => Severity::Warn,
        },
        reason: detail.text("reason"),
    })
}

pub(crate) fn task(detail: Reader<'_>) -> Option<Task> {
    let containers = detail.list("containers").iter().filter_map(|value| {
        let container = Reader::new(value);
        Some(Container {
            name: container.text("name")?,
            exit_code: container.count("exitCode"),
            reason: container.text("reason"),
        })
    });
    Some(Task {
        task: last(&detail.text("taskArn")?),
        cluster: detail.text("clusterArn").map(|arn| last(&arn)),
        group: detail.text("group"),
        started_by: detail.text("startedBy"),
        task_definition: detail.text("taskDefinitionArn").map(|arn| last(&arn)),
        last: detail.text("lastStatus")?,
        desired: detail.text("desiredStatus")?,
        stop_code: detail.text("stopCode"),
        stopped_reason: detail.text("stoppedReason"),
        containers: containers.collect(),
        version: detail.count("version"),
    })
}

pub(crate) fn hook(detail: Reader<'_>) -> Option<EcsHook> {
    let name = detail.text("eventName")?;
    Some(EcsHook {
        service: service(&[detail.text("serviceArn")?])?,
        deployment: detail.text("serviceDeploymentArn")?,
        hook: detail.text("hookId")?,
        kind: detail.text("hookType"),
        stage: detail.text("lifecycleStage"),
        state: State::of(name.strip_prefix("HOOK_").unwrap_or(&name)),
        expires: detail.time("expiresAt"),
    })
}

/// `arn:…:service/cluster/name`, or the older `arn:…:service/name`.
fn service(resources: &[String]) -> Option<ServiceName> {
    let path = resources
        .iter()
        .find_map(|arn| arn.split_once(":service/"))?
        .1;
    Some(match path.split_once('/') {
        Some((cluster, service)) => ServiceName {
            cluster: Some(cluster.to_owned()),
            service: service.to_owned(),
        },
        None => ServiceName {
            cluster: None,
            service: path.to_owned(),
        },
    })
}

fn last(arn: &str) -> String {
    arn.rsplit('/').next().unwrap_or(arn).to_owned()
}
