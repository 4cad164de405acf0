//! What CodeDeploy itself does in a lifecycle: Install, AllowTestTraffic,
//! AllowTraffic.

use crate::lifecycle::INSTALL_TIMED_OUT;
use crate::traffic::{Aim, Side};
use crate::{
    DeploymentGroup, Event, LifecycleEventStatus, Millis, Refusal, StabilityStatus, TaskSet,
    TaskSetStatus, Traffic, World,
};

impl World {
    /// Makes the green task set, and waits until all its tasks run.
    pub(crate) fn install(
        &mut self,
        i: usize,
        at: usize,
        group: &DeploymentGroup,
        now: Millis,
    ) -> bool {
        let deployment = &self.deployments[i];
        let Some(green) = &deployment.green_task_set else {
            if let Err(refusal) = self.create_green(i, group, now) {
                self.fail(i, refusal.code, &refusal.message, now);
            }
            return true;
        };
        let up =
            (self.task_set(green)).is_some_and(|t| t.running_count >= t.computed_desired_count);
        let began = deployment.lifecycle[at].started_at.unwrap_or(now);
        if up {
            self.end_event(i, at, LifecycleEventStatus::Succeeded, now);
            true
        } else if now >= began + self.install_timeout {
            self.fail(i, "TIMEOUT", INSTALL_TIMED_OUT, now);
            true
        } else {
            false
        }
    }

    fn create_green(
        &mut self,
        i: usize,
        group: &DeploymentGroup,
        now: Millis,
    ) -> Result<(), Refusal> {
        let pair = self.pair(i);
        let deployment = &self.deployments[i];
        let revision = deployment.revision.clone();
        let gradual = deployment.routing.is_gradual();
        let task_definition_arn = self.check_revision(group, &revision)?.arn.clone();
        let primary = self.primary(group)?.id.clone();
        for listener in [
            Some(&group.production_listener),
            group.test_listener.as_ref(),
        ] {
            let Some(listener) = listener else { continue };
            if !self.serves(listener, &pair.blue) {
                return Err(elb_refusal(listener));
            }
        }
        let id = self.next_ecs_svc();
        let number = id.trim_start_matches("ecs-svc/");
        let arn = self.arn(
            "ecs",
            &format!(
                "task-set/{}/{}/ecs-svc/{number}",
                group.cluster, group.service
            ),
        );
        if let Some(service) = self.service_mut(&group.cluster, &group.service) {
            // What an earlier deployment left behind makes room.
            for set in service.task_sets.iter_mut().filter(|t| t.id != primary) {
                set.status = TaskSetStatus::Draining;
            }
            service.task_sets.push(TaskSet {
                id: id.clone(),
                arn,
                external_id: Some(pair.deployment.clone()),
                started_by: "CODE_DEPLOY".to_owned(),
                status: TaskSetStatus::Active,
                task_definition_arn: task_definition_arn.clone(),
                target_group_arn: pair.green.clone(),
                container_name: revision.container_name,
                container_port: revision.container_port,
                platform_version: revision
                    .platform_version
                    .unwrap_or_else(|| "LATEST".to_owned()),
                computed_desired_count: service.desired_count,
                pending_count: 0,
                running_count: 0,
                scale: 100.0,
                stability: StabilityStatus::Stabilizing,
                stability_at: now,
                created_at: now,
                updated_at: now,
            });
        }
        let deployment = &mut self.deployments[i];
        deployment.task_definition_arn = task_definition_arn;
        deployment.blue_task_set = Some(primary);
        deployment.green_task_set = Some(id.clone());
        let created = Event::TaskSetCreated {
            deployment: pair.deployment.clone(),
            task_set: id,
        };
        self.record(now, created);
        // Weights need both target groups in the listener from the start, and
        // then green is health-checked while it is installed.
        let aim = if gradual {
            Aim::Both(0)
        } else {
            Aim::Only(Side::Blue)
        };
        self.aim_listener(
            &group.production_listener,
            &pair,
            (Traffic::Production, aim),
            now,
        );
        self.reconcile(now);
        Ok(())
    }

    pub(crate) fn allow_test_traffic(
        &mut self,
        i: usize,
        at: usize,
        group: &DeploymentGroup,
        now: Millis,
    ) -> bool {
        if let (Some(listener), false) = (&group.test_listener, self.faults.stale_test_listener) {
            let pair = self.pair(i);
            self.aim_listener(
                listener,
                &pair,
                (Traffic::Test, Aim::Only(Side::Green)),
                now,
            );
            if !self.serves(listener, &pair.green) {
                let refusal = elb_refusal(listener);
                self.fail(i, refusal.code, &refusal.message, now);
                return true;
            }
            self.record(
                now,
                Event::TrafficShifted {
                    deployment: pair.deployment,
                    traffic: Traffic::Test,
                    green_percent: 100.0,
                },
            );
        }
        self.end_event(i, at, LifecycleEventStatus::Succeeded, now);
        true
    }

    /// Moves production traffic one step, when the step is due.
    pub(crate) fn allow_traffic(
        &mut self,
        i: usize,
        at: usize,
        group: &DeploymentGroup,
        now: Millis,
    ) -> bool {
        let deployment = &mut self.deployments[i];
        let due = deployment.shift.next_at.unwrap_or(now);
        if due > now {
            return false;
        }
        let percent = deployment.routing.next_percent(deployment.shift.percent);
        let interval = deployment.routing.interval(self.pace);
        deployment.shift.percent = percent;
        deployment.shift.next_at = (percent < 100).then(|| due + interval);
        let gradual = deployment.routing.is_gradual();
        let aim = if gradual {
            Aim::Both(percent)
        } else {
            Aim::Only(Side::Green)
        };
        let pair = self.pair(i);
        self.aim_listener(
            &group.production_listener,
            &pair,
            (Traffic::Production, aim),
            now,
        );
        if !self.serves(&group.production_listener, &pair.green) {
            let refusal = elb_refusal(&group.production_listener);
            self.fail(i, refusal.code, &refusal.message, now);
            return true;
        }
        self.record(
            now,
            Event::TrafficShifted {
                deployment: pair.deployment,
                traffic: Traffic::Production,
                green_percent: f64::from(percent),
            },
        );
        if percent == 100 {
            if let Some(green) = self.deployments[i].green_task_set.clone() {
                self.make_primary(i, &green, now);
            }
            self.end_event(i, at, LifecycleEventStatus::Succeeded, now);
        }
        true
    }
}

fn elb_refusal(listener: &str) -> Refusal {
    Refusal::new(
        "ELASTIC_LOAD_BALANCING_INVALID",
        format!(
            "The ELB could not be updated due to the following error: Primary taskset target group \
             must be behind listener {listener}"
        ),
    )
}
