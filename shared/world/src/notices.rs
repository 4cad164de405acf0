//! What CodeDeploy and ECS put on the default bus about their deployments.

use serde_json::{Value, json};

use crate::{
    DeploymentStatus, Ending, Event, LifecycleEventStatus, Millis, PutEvent, ServiceDeployment,
    ServiceDeploymentStatus, Stage, Step, World, dates,
};

/// An event of a service deployment.
struct Notice {
    kind: &'static str,
    name: &'static str,
    reason: String,
}

impl World {
    /// Puts the event about what has just happened, where AWS has one.
    pub(crate) fn announce(&mut self, at: Millis, what: &Event) {
        match what {
            Event::DeploymentEnded {
                deployment,
                ending: Ending::CodeDeploy { status, .. },
            } => {
                let state = match status {
                    DeploymentStatus::Succeeded => "SUCCESS",
                    DeploymentStatus::Stopped => "STOP",
                    _ => "FAILURE",
                };
                self.announce_codedeploy(deployment, state, at);
            }
            Event::HookInvoked {
                deployment,
                step: Step::Native(_),
                execution,
                ..
            } => self.announce_hook(deployment, execution, "HOOK_IN_PROGRESS", at),
            Event::HookReported {
                deployment,
                step: Step::Native(_),
                execution,
                status,
                ..
            } => match status {
                LifecycleEventStatus::Succeeded => {
                    self.announce_hook(deployment, execution, "HOOK_SUCCEEDED", at);
                }
                LifecycleEventStatus::Failed => {
                    self.announce_hook(deployment, execution, "HOOK_FAILED", at);
                }
                _ => {}
            },
            Event::HookBroke {
                deployment,
                execution,
                ..
            } => self.announce_hook(deployment, execution, "HOOK_FAILED", at),
            Event::HookTimedOut {
                deployment,
                step: Step::Native(_),
                execution,
                ..
            } => self.announce_hook(deployment, execution, "HOOK_TIMED_OUT", at),
            Event::TaskRunning { task, .. } | Event::TaskStopped { task, .. } => {
                self.announce_task(task, at);
            }
            _ => self.announce_service(at, what),
        }
        if let Event::DeploymentEnded { deployment, ending } = what {
            self.deployment_ended(deployment, ending, at);
        }
    }

    /// `CodeDeploy Deployment State-change Notification`.
    pub(crate) fn announce_codedeploy(&mut self, deployment: &str, state: &str, at: Millis) {
        let Some(deployment) = self.deployment(deployment) else {
            return;
        };
        let (application, group) = (&deployment.application, &deployment.group);
        let detail = json!({
            "region": self.region,
            "deploymentId": deployment.id,
            "instanceGroupId": deployment.id,
            "application": application,
            "deploymentGroup": group,
            "state": state,
        });
        let resources = vec![
            self.arn("codedeploy", &format!("application:{application}")),
            self.arn(
                "codedeploy",
                &format!("deploymentgroup:{application}/{group}"),
            ),
        ];
        let kind = "CodeDeploy Deployment State-change Notification";
        self.put_own("aws.codedeploy", kind, (resources, detail), at);
    }

    /// `ECS Deployment State Change`.
    fn announce_service(&mut self, at: Millis, what: &Event) {
        let (arn, notice): (_, fn(&ServiceDeployment, String) -> Notice) = match what {
            Event::StepStarted {
                deployment,
                step: Step::Native(Stage::ReconcileService),
            } => (deployment, |_, id| Notice {
                kind: "INFO",
                name: "SERVICE_DEPLOYMENT_IN_PROGRESS",
                reason: format!("ECS deployment {id} in progress."),
            }),
            Event::RollbackStarted { deployment, .. } => (deployment, |d, _| {
                let why = d.rollback.as_ref().map_or("", |r| r.reason.as_str());
                let to = d.source_revision.rsplit('/').next().unwrap_or_default();
                Notice {
                    kind: "INFO",
                    name: "SERVICE_DEPLOYMENT_IN_PROGRESS",
                    reason: format!("{why}: rolling back to service revision {to}."),
                }
            }),
            Event::DeploymentEnded {
                deployment,
                ending: Ending::Native { .. },
            } => (deployment, |d, id| {
                if d.status == ServiceDeploymentStatus::Successful {
                    return Notice {
                        kind: "INFO",
                        name: "SERVICE_DEPLOYMENT_COMPLETED",
                        reason: format!("ECS deployment {id} completed."),
                    };
                }
                Notice {
                    kind: "ERROR",
                    name: "SERVICE_DEPLOYMENT_FAILED",
                    reason: d.status_reason.clone().unwrap_or_default(),
                }
            }),
            _ => return,
        };
        let Some(deployment) = self.service_deployment(arn) else {
            return;
        };
        let target = self.service_revision(&deployment.target_revision);
        let id = target.map_or("", |r| r.started_by.as_str()).to_owned();
        let Notice { kind, name, reason } = notice(deployment, id.clone());
        let detail = json!({
            "eventType": kind,
            "eventName": name,
            "deploymentId": id,
            "updatedAt": dates::iso8601(at),
            "reason": reason,
        });
        let resources = vec![deployment.service_arn.clone()];
        self.put_own(
            "aws.ecs",
            "ECS Deployment State Change",
            (resources, detail),
            at,
        );
    }

    /// `ECS Hook State Change`.
    fn announce_hook(&mut self, deployment: &str, execution: &str, name: &str, at: Millis) {
        let Some(deployment) = self.service_deployment(deployment) else {
            return;
        };
        let Some(hook) = deployment.hooks.iter().find(|h| h.id == execution) else {
            return;
        };
        if name == "HOOK_IN_PROGRESS" && hook.calls > 1 {
            return;
        }
        let good = !matches!(name, "HOOK_FAILED" | "HOOK_TIMED_OUT");
        let detail = json!({
            "eventType": if good { "INFO" } else { "ERROR" },
            "eventName": name,
            "hookId": hook.id,
            "hookType": "AWS_LAMBDA",
            "expiresAt": dates::iso8601_seconds(hook.deadline),
            "lifecycleStage": hook.stage,
            "clusterArn": deployment.cluster_arn,
            "serviceArn": deployment.service_arn,
            "serviceDeploymentArn": deployment.arn,
            "updatedAt": dates::iso8601(at),
        });
        let resources = vec![deployment.arn.clone()];
        self.put_own("aws.ecs", "ECS Hook State Change", (resources, detail), at);
    }

    /// Puts an event of AWS's own on the default bus.
    pub(crate) fn put_own(
        &mut self,
        source: &str,
        detail_type: &str,
        (resources, detail): (Vec<String>, Value),
        at: Millis,
    ) {
        let event = PutEvent {
            id: String::new(),
            at,
            bus: "default".to_owned(),
            source: source.to_owned(),
            detail_type: detail_type.to_owned(),
            detail: detail.to_string(),
            resources,
        };
        self.put_event(event, at);
    }
}
