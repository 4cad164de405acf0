//! How a CodeDeploy deployment walks through its lifecycle events.

use crate::traffic::{Aim, Pair, Side};
use crate::world::base64;
use crate::{
    DeploymentGroup, DeploymentStatus, Diagnostics, Effect, Event, HookExecution, LifecycleEvent,
    LifecycleEventName, LifecycleEventStatus, Millis, Step, Traffic, World,
};

/// What CodeDeploy says when a hook reports `Failed`.
pub const HOOK_FAILED: &str = "The deployment failed because one or more of the lifecycle event \
     validation functions failed.";

/// What CodeDeploy says when a hook says nothing.
pub const HOOK_TIMED_OUT: &str = "The deployment timed out while waiting for a status callback. \
     CodeDeploy expects a status callback within one hour after a deployment hook is invoked.";

/// What CodeDeploy says when green's tasks don't come up.
pub const INSTALL_TIMED_OUT: &str = "The deployment timed out while waiting for the replacement \
     task set to become healthy. This time out period is 60 minutes.";

impl World {
    /// Does all that is due, and returns what must be done outside. To be
    /// called after each input, and at [`World::next_due`] at the latest.
    pub fn advance(&mut self, now: Millis) -> Vec<Effect> {
        let now = self.tick(now);
        loop {
            self.reconcile(now);
            let mut moved = false;
            for i in 0..self.deployments.len() {
                while self.step_deployment(i, now) {
                    moved = true;
                }
            }
            for i in 0..self.service_deployments.len() {
                while self.step_native(i, now) {
                    moved = true;
                }
            }
            for i in 0..self.pipelines.len() {
                while self.step_pipeline(i, now) {
                    moved = true;
                }
            }
            if !moved {
                break;
            }
        }
        self.dirty = false;
        std::mem::take(&mut self.outbox)
    }

    /// When [`World::advance`] must be called again at the latest, if nothing
    /// comes in before. After an input: at once.
    pub fn next_due(&self) -> Option<Millis> {
        if self.dirty {
            return Some(self.clock);
        }
        let deployments = self
            .deployments
            .iter()
            .filter_map(|d| self.deployment_due(d));
        let native = self
            .service_deployments
            .iter()
            .filter_map(|d| self.native_due(d));
        let others = self.next_restart().into_iter().chain(self.next_pipeline());
        deployments.chain(native).chain(others).min()
    }

    /// Whether functions are to be called that the next [`World::advance`]
    /// asks for, and that nobody will wait for.
    pub fn asks_for_invocations(&self) -> bool {
        let later = |effect: &Effect| matches!(effect, Effect::InvokeLater { .. });
        self.outbox.iter().any(later)
    }

    fn deployment_due(&self, deployment: &crate::Deployment) -> Option<Millis> {
        if deployment.status.is_over() {
            return None;
        }
        let Some(event) = deployment.lifecycle.iter().find(|e| is_open(e)) else {
            return deployment.terminate_at;
        };
        match event.name {
            LifecycleEventName::Install => event.started_at.map(|at| at + self.install_timeout),
            LifecycleEventName::AllowTraffic => deployment.shift.next_at,
            _ => event.hook.as_ref().map(|h| h.deadline),
        }
    }

    /// One step of a deployment, if it can make one.
    fn step_deployment(&mut self, i: usize, now: Millis) -> bool {
        let deployment = &mut self.deployments[i];
        if deployment.status.is_over() {
            return false;
        }
        let (application, group) = (deployment.application.clone(), deployment.group.clone());
        let Some(group) = self.deployment_group(&application, &group).cloned() else {
            self.fail(
                i,
                "DEPLOYMENT_GROUP_MISSING",
                "The deployment group was deleted",
                now,
            );
            return true;
        };
        let deployment = &mut self.deployments[i];
        if deployment.status == DeploymentStatus::Created {
            deployment.status = DeploymentStatus::InProgress;
            deployment.started_at = Some(now);
            self.deployments[i].blue_task_set = self.primary(&group).ok().map(|t| t.id.clone());
            let id = self.deployments[i].id.clone();
            self.announce_codedeploy(&id, "START", now);
            return true;
        }
        let Some(at) = deployment.lifecycle.iter().position(is_open) else {
            return self.finish(i, &group, now);
        };
        let event = &deployment.lifecycle[at];
        if event.status == LifecycleEventStatus::Pending {
            self.begin_event(i, at, &group, now);
            return true;
        }
        match event.name {
            LifecycleEventName::Install => self.install(i, at, &group, now),
            LifecycleEventName::AllowTestTraffic => self.allow_test_traffic(i, at, &group, now),
            LifecycleEventName::AllowTraffic => self.allow_traffic(i, at, &group, now),
            _ => self.hook(i, at, now),
        }
    }

    fn begin_event(&mut self, i: usize, at: usize, group: &DeploymentGroup, now: Millis) {
        let event = &mut self.deployments[i].lifecycle[at];
        let about_test_traffic = matches!(
            event.name,
            LifecycleEventName::AllowTestTraffic | LifecycleEventName::AfterAllowTestTraffic
        );
        event.started_at = Some(now);
        if about_test_traffic && group.test_listener.is_none() {
            self.end_event(i, at, LifecycleEventStatus::Skipped, now);
            return;
        }
        event.status = LifecycleEventStatus::InProgress;
        let step = Step::Lifecycle(event.name);
        let deployment = self.deployments[i].id.clone();
        self.record(now, Event::StepStarted { deployment, step });
    }

    pub(crate) fn end_event(
        &mut self,
        i: usize,
        at: usize,
        status: LifecycleEventStatus,
        now: Millis,
    ) {
        let deployment = &mut self.deployments[i];
        let event = &mut deployment.lifecycle[at];
        event.status = status;
        event.ended_at = Some(now);
        let took = now.since(event.started_at.unwrap_or(now));
        let ended = Event::StepEnded {
            deployment: deployment.id.clone(),
            step: Step::Lifecycle(event.name),
            status,
            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        };
        self.record(now, ended);
    }

    /// Calls the hook of a lifecycle event, if there is one, and waits for it.
    fn hook(&mut self, i: usize, at: usize, now: Millis) -> bool {
        let deployment = &self.deployments[i];
        let event = &deployment.lifecycle[at];
        let Some(hook) = &event.hook else {
            let named = deployment
                .revision
                .hooks
                .iter()
                .find(|h| h.event == event.name);
            match named.map(|h| h.function.clone()) {
                Some(function) => self.invoke(i, at, function, now),
                None => self.end_event(i, at, LifecycleEventStatus::Succeeded, now),
            }
            return true;
        };
        let (code, message) = match hook.reported {
            Some(LifecycleEventStatus::Succeeded) => {
                self.end_event(i, at, LifecycleEventStatus::Succeeded, now);
                return true;
            }
            Some(_) => ("ScriptFailed", HOOK_FAILED),
            None if now >= hook.deadline => {
                let timed_out = Event::HookTimedOut {
                    deployment: deployment.id.clone(),
                    step: Step::Lifecycle(event.name),
                    function: hook.function.clone(),
                    execution: hook.id.clone(),
                };
                self.record(now, timed_out);
                ("ScriptTimedOut", HOOK_TIMED_OUT)
            }
            None => return false,
        };
        let event = &mut self.deployments[i].lifecycle[at];
        event.diagnostics = Some(Diagnostics {
            error_code: code.to_owned(),
            script_name: event
                .hook
                .as_ref()
                .map_or(String::new(), |h| h.function.clone()),
            message: message.to_owned(),
            log_tail: String::new(),
        });
        self.fail(i, "HOOK_EXECUTION_FAILURE", message, now);
        true
    }

    fn invoke(&mut self, i: usize, at: usize, function: String, now: Millis) {
        // As opaque as AWS's own: it names neither the deployment nor the hook.
        let data = self.next_hex(32);
        let vector = self.next_hex(16);
        let id = base64(
            format!(
                r#"{{"encryptedData":"{data}","ivParameterSpec":"{vector}","materialSetSerial":1}}"#
            )
            .as_bytes(),
        );
        let deadline = now + self.hook_timeout;
        let deployment = &mut self.deployments[i];
        let event = &mut deployment.lifecycle[at];
        event.hook = Some(HookExecution {
            id: id.clone(),
            function: function.clone(),
            invoked_at: now,
            deadline,
            reported: None,
            reported_at: None,
            returned: None,
        });
        let (deployment, event) = (deployment.id.clone(), event.name);
        let payload = serde_json::json!({
            "DeploymentId": deployment,
            "LifecycleEventHookExecutionId": id,
        });
        self.outbox.push(Effect::InvokeHook {
            deployment: deployment.clone(),
            event,
            function: function.clone(),
            execution: id.clone(),
            payload: payload.to_string(),
        });
        let invoked = Event::HookInvoked {
            deployment,
            step: Step::Lifecycle(event),
            function,
            execution: id,
        };
        self.record(now, invoked);
    }

    /// All lifecycle events are over: waits as long as blue shall be kept, then
    /// ends the deployment.
    fn finish(&mut self, i: usize, group: &DeploymentGroup, now: Millis) -> bool {
        let wait = self.pace.minutes(f64::from(group.termination_wait_minutes));
        let deployment = &mut self.deployments[i];
        let Some(terminate_at) = deployment.terminate_at else {
            deployment.terminate_at = Some(now + wait);
            return true;
        };
        if now < terminate_at {
            return false;
        }
        let pair = self.pair(i);
        let aim = (Traffic::Production, Aim::Only(Side::Green));
        self.aim_listener(&group.production_listener, &pair, aim, now);
        if let Some(blue) = self.deployments[i].blue_task_set.clone() {
            self.drain(&blue, now);
        }
        self.end_deployment(i, DeploymentStatus::Succeeded, None, now);
        true
    }

    pub(crate) fn pair(&self, i: usize) -> Pair {
        let deployment = &self.deployments[i];
        Pair {
            deployment: deployment.id.clone(),
            blue: deployment.blue_target_group.clone(),
            green: deployment.green_target_group.clone(),
        }
    }
}

fn is_open(event: &LifecycleEvent) -> bool {
    matches!(
        event.status,
        LifecycleEventStatus::Pending | LifecycleEventStatus::InProgress
    )
}
