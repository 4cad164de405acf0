//! How a CodeDeploy deployment ends, and how it is undone.

use crate::codedeploy::new_lifecycle;
use crate::traffic::{Aim, Side};
use crate::{
    Creator, Deployment, DeploymentStatus, Ending, ErrorInformation, Event, LifecycleEventName,
    LifecycleEventStatus, Millis, RollbackInfo, Shift, Step, Traffic, World,
};

impl World {
    /// Ends a deployment that went wrong, and rolls it back if its group wants
    /// that. Before Install there is nothing to roll back.
    pub(crate) fn fail(&mut self, i: usize, code: &str, message: &str, now: Millis) {
        self.close_lifecycle(i, now);
        let error = ErrorInformation {
            code: code.to_owned(),
            message: message.to_owned(),
        };
        self.end_deployment(i, DeploymentStatus::Failed, Some(error), now);
        let deployment = &self.deployments[i];
        let wanted = (self.deployment_group(&deployment.application, &deployment.group))
            .is_some_and(|g| g.rollback_on_failure);
        if wanted && deployment.green_task_set.is_some() {
            self.roll_back(i, message, now);
        }
    }

    /// What is under way failed, what has not begun is skipped.
    pub(crate) fn close_lifecycle(&mut self, i: usize, now: Millis) {
        for at in 0..self.deployments[i].lifecycle.len() {
            match self.deployments[i].lifecycle[at].status {
                LifecycleEventStatus::InProgress => {
                    self.end_event(i, at, LifecycleEventStatus::Failed, now);
                }
                LifecycleEventStatus::Pending => {
                    self.deployments[i].lifecycle[at].status = LifecycleEventStatus::Skipped;
                }
                _ => {}
            }
        }
    }

    pub(crate) fn end_deployment(
        &mut self,
        i: usize,
        status: DeploymentStatus,
        error: Option<ErrorInformation>,
        now: Millis,
    ) {
        let deployment = &mut self.deployments[i];
        deployment.status = status;
        deployment.completed_at = Some(now);
        deployment.shift.next_at = None;
        deployment.error = error.clone();
        let ended = Event::DeploymentEnded {
            deployment: deployment.id.clone(),
            ending: Ending::CodeDeploy { status, error },
        };
        self.update_task_set_infos(i);
        self.record(now, ended);
    }

    /// Ends a deployment because somebody stopped it.
    pub(crate) fn end_stopped(&mut self, i: usize, roll_back: bool, now: Millis) {
        let reason = "The deployment was stopped by a user.";
        self.close_lifecycle(i, now);
        let error = ErrorInformation {
            code: "MANUAL_STOP".to_owned(),
            message: reason.to_owned(),
        };
        self.end_deployment(i, DeploymentStatus::Stopped, Some(error), now);
        if roll_back && self.deployments[i].green_task_set.is_some() {
            self.roll_back(i, reason, now);
        }
    }

    /// Undoes a deployment: traffic goes back to blue at once, green's tasks
    /// are stopped. CodeDeploy makes a deployment of its own of it; no hooks
    /// run in it.
    pub(crate) fn roll_back(&mut self, i: usize, reason: &str, now: Millis) {
        let undone = self.deployments[i].clone();
        let id = self.next_deployment_id();
        self.record(
            now,
            Event::RollbackStarted {
                deployment: undone.id.clone(),
                rollback: id.clone(),
                reason: reason.to_owned(),
            },
        );
        self.record(
            now,
            Event::DeploymentCreated {
                deployment: id.clone(),
                of: (undone.application.clone(), undone.group.clone()),
                creator: Creator::Rollback,
            },
        );
        self.deployments[i].rollback = Some(RollbackInfo {
            rollback_deployment_id: Some(id.clone()),
            rollback_triggering_deployment_id: None,
            rollback_message: Some(format!(
                "Deployment {} has failed and is rolled back by deployment {id}",
                undone.id
            )),
        });
        let rollback = self.rollback_of(&undone, id, now);
        let id = rollback.id.clone();
        self.deployments.push(rollback);
        self.announce_codedeploy(&id, "START", now);
        self.restore_blue(i, now);
    }

    /// The deployment that undoes another: it deploys what was last good.
    fn rollback_of(&self, undone: &Deployment, id: String, now: Millis) -> Deployment {
        let last_good = (self.deployments.iter().rev())
            .find(|d| {
                d.application == undone.application
                    && d.group == undone.group
                    && d.creator == Creator::User
                    && d.status == DeploymentStatus::Succeeded
            })
            .unwrap_or(undone);
        let blue = undone
            .blue_task_set
            .as_deref()
            .and_then(|id| self.task_set(id));
        let mut lifecycle = new_lifecycle();
        for event in &mut lifecycle {
            event.status = if event.name == LifecycleEventName::AllowTraffic {
                event.started_at = Some(now);
                LifecycleEventStatus::InProgress
            } else {
                LifecycleEventStatus::Skipped
            };
        }
        Deployment {
            id,
            description: None,
            status: DeploymentStatus::InProgress,
            creator: Creator::Rollback,
            appspec: last_good.appspec.clone(),
            revision: last_good.revision.clone(),
            task_definition_arn: blue.map_or_else(
                || last_good.task_definition_arn.clone(),
                |t| t.task_definition_arn.clone(),
            ),
            error: None,
            rollback: Some(RollbackInfo {
                rollback_deployment_id: None,
                rollback_triggering_deployment_id: Some(undone.id.clone()),
                rollback_message: None,
            }),
            created_at: now,
            started_at: Some(now),
            completed_at: None,
            lifecycle,
            shift: Shift::default(),
            terminate_at: None,
            ..undone.clone()
        }
    }

    /// Does what the newest deployment, a rollback of deployment `i`, is for.
    fn restore_blue(&mut self, i: usize, now: Millis) {
        let last = self.deployments.len() - 1;
        let pair = self.pair(last);
        let step = Step::Lifecycle(LifecycleEventName::AllowTraffic);
        let deployment = pair.deployment.clone();
        self.record(now, Event::StepStarted { deployment, step });
        let undone = &self.deployments[i];
        let served_green = undone.shift.percent > 0;
        let (application, group) = (undone.application.clone(), undone.group.clone());
        if let Some(group) = self.deployment_group(&application, &group).cloned() {
            let aim = Aim::Only(Side::Blue);
            self.aim_listener(
                &group.production_listener,
                &pair,
                (Traffic::Production, aim),
                now,
            );
            if let Some(test) = &group.test_listener {
                self.aim_listener(test, &pair, (Traffic::Test, aim), now);
            }
        }
        if served_green {
            self.record(
                now,
                Event::TrafficShifted {
                    deployment: pair.deployment,
                    traffic: Traffic::Production,
                    green_percent: 0.0,
                },
            );
        }
        let undone = self.deployments[i].clone();
        if let Some(blue) = &undone.blue_task_set {
            self.make_primary(last, blue, now);
        }
        if let Some(green) = &undone.green_task_set {
            self.drain(green, now);
        }
        let allow_traffic = LifecycleEventName::ALL
            .iter()
            .position(|&e| e == LifecycleEventName::AllowTraffic);
        if let Some(at) = allow_traffic {
            self.end_event(last, at, LifecycleEventStatus::Succeeded, now);
        }
        self.end_deployment(last, DeploymentStatus::Succeeded, None, now);
    }
}
