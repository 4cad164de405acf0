//! How a service deployment of ECS itself walks through its stages.

use std::collections::BTreeMap;

use crate::traffic::{Aim, Pair, TOTAL};
use crate::{
    Ending, Event, LifecycleEventStatus, Millis, NativeHookExecution, NativeHookStatus,
    NativeRollback, ServiceDeployment, ServiceDeploymentStatus, ServiceRevision, Stage, StageRun,
    Step, Traffic, World,
};

impl World {
    /// When a service deployment has something to do again, if nothing comes in.
    pub(crate) fn native_due(&self, deployment: &ServiceDeployment) -> Option<Millis> {
        if deployment.status.is_over() {
            return None;
        }
        let open = deployment
            .hooks
            .iter()
            .filter(|h| h.status == NativeHookStatus::InProgress);
        let hooks = open.flat_map(|h| [Some(h.deadline), h.next_call_at].into_iter().flatten());
        // A wait that is over matters only when the hooks are, too.
        hooks.min().or(deployment.wait_until)
    }

    /// One step of a service deployment, if it can make one.
    pub(crate) fn step_native(&mut self, i: usize, now: Millis) -> bool {
        let deployment = &mut self.service_deployments[i];
        if deployment.status.is_over() {
            return false;
        }
        if deployment.status == ServiceDeploymentStatus::Pending {
            deployment.status = ServiceDeploymentStatus::InProgress;
            deployment.started_at = Some(now);
            self.enter(i, Stage::ReconcileService, now);
            return true;
        }
        if self.drive_hooks(i, now) {
            return true;
        }
        let deployment = &self.service_deployments[i];
        let rollback = deployment.rollback.is_some();
        let here = |h: &&NativeHookExecution| h.stage == deployment.stage && h.rollback == rollback;
        let failed = (deployment.hooks.iter().filter(here)).find(|h| {
            matches!(
                h.status,
                NativeHookStatus::Failed | NativeHookStatus::TimedOut
            )
        });
        if let Some(hook) = failed {
            let reason = hook.reason.clone().unwrap_or_default();
            let stage = hook.stage;
            self.close_hooks(i, now);
            let message = format!("The lifecycle hook at {stage} failed: {reason}");
            if rollback {
                self.leave(i, LifecycleEventStatus::Failed, now);
                self.end_native(
                    i,
                    ServiceDeploymentStatus::RollbackFailed,
                    Some(message),
                    now,
                );
            } else {
                self.start_rollback(i, message, now);
            }
            return true;
        }
        if (deployment.hooks.iter().filter(here)).any(|h| h.status == NativeHookStatus::InProgress)
        {
            return false;
        }
        match self.stage_state(i, now) {
            StageState::Waiting => false,
            StageState::Failed(reason) => {
                self.start_rollback(i, reason, now);
                true
            }
            StageState::Done => {
                self.leave(i, LifecycleEventStatus::Succeeded, now);
                match self.next_stage(i) {
                    Some(stage) => self.enter(i, stage, now),
                    None if rollback => {
                        let reason = self.service_deployments[i].status_reason.clone();
                        self.end_native(
                            i,
                            ServiceDeploymentStatus::RollbackSuccessful,
                            reason,
                            now,
                        );
                    }
                    None => self.end_native(i, ServiceDeploymentStatus::Successful, None, now),
                }
                true
            }
        }
    }

    /// Begins a stage: does what it is for, then calls its hooks.
    fn enter(&mut self, i: usize, stage: Stage, now: Millis) {
        let deployment = &mut self.service_deployments[i];
        let rollback = deployment.rollback.is_some();
        deployment.stage = stage;
        deployment.updated_at = now;
        deployment.wait_until = None;
        deployment.stages.push(StageRun {
            stage,
            rollback,
            started_at: now,
            ended_at: None,
            failed: false,
        });
        let arn = deployment.arn.clone();
        let step = Step::Native(stage);
        self.record(
            now,
            Event::StepStarted {
                deployment: arn,
                step,
            },
        );
        if !rollback {
            self.act(i, stage, now);
        }
        self.prepare_hooks(i, now);
    }

    /// What a stage is for, on the way forward.
    fn act(&mut self, i: usize, stage: Stage, now: Millis) {
        let (pace, install_timeout) = (self.pace, self.install_timeout);
        let deployment = &mut self.service_deployments[i];
        match stage {
            Stage::ScaleUp => {
                deployment.wait_until = Some(now + install_timeout);
                self.reconcile(now);
            }
            Stage::TestTrafficShift => self.shift(i, Traffic::Test, 100.0, now),
            Stage::ProductionTrafficShift => {
                let percent = deployment
                    .config
                    .strategy
                    .next_percent(deployment.green_percent);
                let bake = deployment.config.strategy.step_bake(pace);
                deployment.green_percent = percent;
                deployment.wait_until = (percent < 100.0).then(|| now + bake);
                self.shift(i, Traffic::Production, percent, now);
            }
            Stage::BakeTime => {
                let bake = pace.minutes(f64::from(deployment.config.bake_minutes));
                deployment.wait_until = Some(now + bake);
            }
            Stage::CleanUp => {
                let target = deployment.target_revision.clone();
                let service_arn = deployment.service_arn.clone();
                if let Some(service) = self.services.iter_mut().find(|s| s.arn == service_arn) {
                    service.current_revision = Some(target);
                }
                self.reconcile(now);
            }
            _ => {}
        }
    }

    fn stage_state(&self, i: usize, now: Millis) -> StageState {
        let deployment = &self.service_deployments[i];
        let waited = deployment.wait_until.is_none_or(|at| now >= at);
        if deployment.stage == Stage::ScaleUp && deployment.rollback.is_none() {
            let up = (self.service_revision(&deployment.target_revision)).is_none_or(|r| {
                let service = self.services.iter().find(|s| s.arn == r.service_arn);
                r.running_count >= service.map_or(0, |s| s.desired_count)
            });
            return match (up, waited) {
                (true, _) => StageState::Done,
                (false, true) => StageState::Failed(
                    "Service deployment rolled back because the new tasks did not start in time."
                        .to_owned(),
                ),
                (false, false) => StageState::Waiting,
            };
        }
        if waited {
            StageState::Done
        } else {
            StageState::Waiting
        }
    }

    /// Ends the present stage.
    fn leave(&mut self, i: usize, status: LifecycleEventStatus, now: Millis) {
        let deployment = &mut self.service_deployments[i];
        deployment.wait_until = None;
        let Some(run) = deployment
            .stages
            .last_mut()
            .filter(|r| r.ended_at.is_none())
        else {
            return;
        };
        run.ended_at = Some(now);
        run.failed = status == LifecycleEventStatus::Failed;
        let took = now.since(run.started_at).as_millis();
        let ended = Event::StepEnded {
            deployment: deployment.arn.clone(),
            step: Step::Native(run.stage),
            status,
            took_ms: u64::try_from(took).unwrap_or(u64::MAX),
        };
        self.record(now, ended);
    }

    /// The stage after the present one, the way forward or the way back.
    fn next_stage(&self, i: usize) -> Option<Stage> {
        let deployment = &self.service_deployments[i];
        let reached = |stage| {
            deployment
                .stages
                .iter()
                .any(|r| r.stage == stage && !r.rollback)
        };
        if deployment.rollback.is_some() {
            let back = [
                Stage::ProductionTrafficShift,
                Stage::TestTrafficShift,
                Stage::CleanUp,
            ];
            let done = |stage| {
                deployment
                    .stages
                    .iter()
                    .any(|r| r.stage == stage && r.rollback)
            };
            return (back.into_iter())
                .find(|&stage| !done(stage) && (stage == Stage::CleanUp || reached(stage)));
        }
        if deployment.stage == Stage::ProductionTrafficShift && deployment.green_percent < 100.0 {
            return Some(Stage::PreProductionTrafficShift);
        }
        let tested = (self.service_revision(&deployment.target_revision))
            .is_some_and(|r| r.test_listener_rule.is_some());
        let about_tests =
            |s: Stage| matches!(s, Stage::TestTrafficShift | Stage::PostTestTrafficShift);
        (Stage::ALL.iter().copied())
            .find(|&stage| stage > deployment.stage && (tested || !about_tests(stage)))
    }

    /// Turns back: blue gets all traffic at once, then the shifts' hooks are
    /// called once more, then green is stopped.
    fn start_rollback(&mut self, i: usize, reason: String, now: Millis) {
        self.close_hooks(i, now);
        self.leave(i, LifecycleEventStatus::Failed, now);
        let deployment = &mut self.service_deployments[i];
        deployment.status = ServiceDeploymentStatus::RollbackInProgress;
        deployment.status_reason = Some(reason.clone());
        deployment.updated_at = now;
        deployment.rollback = Some(NativeRollback {
            reason: reason.clone(),
            started_at: now,
            service_revision_arn: deployment.source_revision.clone(),
        });
        let arn = deployment.arn.clone();
        let (had_test, had_production) = (
            !deployment.test_weights.is_empty(),
            !deployment.production_weights.is_empty(),
        );
        deployment.green_percent = 0.0;
        let service_arn = deployment.service_arn.clone();
        let source = deployment.source_revision.clone();
        if let Some(service) = self.services.iter_mut().find(|s| s.arn == service_arn) {
            service.current_revision = Some(source);
        }
        self.record(
            now,
            Event::RollbackStarted {
                deployment: arn.clone(),
                rollback: arn,
                reason,
            },
        );
        if had_production {
            self.shift(i, Traffic::Production, 0.0, now);
        }
        if had_test {
            self.shift(i, Traffic::Test, 0.0, now);
        }
        // A function tells a rollback by these weights, even where production
        // traffic never moved.
        let deployment = &mut self.service_deployments[i];
        deployment.production_weights = weights(deployment, 0.0);
        if let Some(stage) = self.next_stage(i) {
            self.enter(i, stage, now);
        }
    }

    fn end_native(
        &mut self,
        i: usize,
        status: ServiceDeploymentStatus,
        reason: Option<String>,
        now: Millis,
    ) {
        let deployment = &mut self.service_deployments[i];
        deployment.status = status;
        deployment.status_reason = reason.clone();
        deployment.finished_at = Some(now);
        deployment.updated_at = now;
        let ended = Event::DeploymentEnded {
            deployment: deployment.arn.clone(),
            ending: Ending::Native { status, reason },
        };
        self.record(now, ended);
    }

    /// Gives green so many percent of production or test traffic.
    fn shift(&mut self, i: usize, traffic: Traffic, percent: f64, now: Millis) {
        let deployment = &self.service_deployments[i];
        let revision = |arn: &str| self.service_revision(arn).cloned();
        let (source, target) = (
            revision(&deployment.source_revision),
            revision(&deployment.target_revision),
        );
        let (Some(source), Some(target)) = (source, target) else {
            return;
        };
        let Some(rule) = rule_of(&target, traffic) else {
            return;
        };
        let pair = Pair {
            deployment: deployment.arn.clone(),
            blue: source.target_group_arn,
            green: target.target_group_arn,
        };
        let weights = weights(deployment, percent);
        let deployment = &mut self.service_deployments[i];
        match traffic {
            Traffic::Production => deployment.production_weights = weights,
            Traffic::Test => deployment.test_weights = weights,
        }
        self.aim_rule(&rule, &pair, (traffic, Aim::Both(weight(percent))), now);
        self.record(
            now,
            Event::TrafficShifted {
                deployment: pair.deployment,
                traffic,
                green_percent: percent,
            },
        );
    }
}

/// Where a stage stands.
enum StageState {
    Waiting,
    Done,
    Failed(String),
}

fn rule_of(revision: &ServiceRevision, traffic: Traffic) -> Option<String> {
    match traffic {
        Traffic::Production => Some(revision.production_listener_rule.clone()),
        Traffic::Test => revision.test_listener_rule.clone(),
    }
}

/// A percentage as a weight: neither none nor all unless it is that.
fn weight(percent: f64) -> u32 {
    if percent <= 0.0 {
        0
    } else if percent >= 100.0 {
        TOTAL
    } else {
        (percent.round() as u32).clamp(1, TOTAL - 1)
    }
}

fn weights(deployment: &ServiceDeployment, percent: f64) -> BTreeMap<String, f64> {
    BTreeMap::from([
        (deployment.source_revision.clone(), 100.0 - percent),
        (deployment.target_revision.clone(), percent),
    ])
}
