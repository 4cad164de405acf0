//! The hooks of a service deployment: called, called again, given up.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    Effect, Event, FunctionResult, LifecycleEventStatus, Millis, NativeHookExecution,
    NativeHookStatus, ServiceDeployment, Step, World,
};

/// No hook is given less than this, whatever the pace.
const MOMENT: std::time::Duration = std::time::Duration::from_millis(1);

/// After how many seconds ECS calls a hook again that said `IN_PROGRESS` and
/// no more.
const CALL_BACK_SECONDS: f64 = 30.0;

impl World {
    /// Calls hooks that are due, and gives up those whose time is over.
    pub(crate) fn drive_hooks(&mut self, i: usize, now: Millis) -> bool {
        let deployment = &mut self.service_deployments[i];
        let open = (deployment.hooks.iter_mut().enumerate())
            .filter(|(_, h)| h.status == NativeHookStatus::InProgress);
        let mut call = None;
        for (at, hook) in open {
            if now >= hook.deadline {
                hook.status = NativeHookStatus::TimedOut;
                hook.ended_at = Some(now);
                hook.next_call_at = None;
                hook.reason = Some(format!("{} did not come to an end in time", hook.function));
                let timed_out = Event::HookTimedOut {
                    deployment: deployment.arn.clone(),
                    step: Step::Native(hook.stage),
                    function: hook.function.clone(),
                    execution: hook.id.clone(),
                };
                self.record(now, timed_out);
                return true;
            }
            if hook.next_call_at.is_some_and(|at| at <= now) {
                hook.next_call_at = None;
                hook.running = true;
                hook.calls = hook.calls.saturating_add(1);
                call = Some(at);
                break;
            }
        }
        let Some(at) = call else { return false };
        let deployment = &self.service_deployments[i];
        let hook = &deployment.hooks[at];
        self.outbox.push(Effect::InvokeNativeHook {
            deployment: deployment.arn.clone(),
            stage: hook.stage,
            function: hook.function.clone(),
            execution: hook.id.clone(),
            payload: payload(deployment, hook).to_string(),
        });
        let invoked = Event::HookInvoked {
            deployment: deployment.arn.clone(),
            step: Step::Native(hook.stage),
            function: hook.function.clone(),
            execution: hook.id.clone(),
        };
        self.record(now, invoked);
        true
    }

    /// Gives up the other hooks of a stage of which one has failed.
    pub(crate) fn close_hooks(&mut self, i: usize, now: Millis) {
        let hooks = self.service_deployments[i].hooks.iter_mut();
        for hook in hooks.filter(|h| h.status == NativeHookStatus::InProgress) {
            hook.status = NativeHookStatus::Failed;
            hook.ended_at = Some(now);
            hook.next_call_at = None;
            hook.reason = Some("another hook of the stage failed".to_owned());
        }
    }

    pub(crate) fn prepare_hooks(&mut self, i: usize, now: Millis) {
        let pace = self.pace;
        let deployment = &self.service_deployments[i];
        let stage = deployment.stage;
        let rollback = deployment.rollback.is_some();
        if !stage.takes_hook() {
            return;
        }
        let hooks = deployment.config.hooks.clone();
        for hook in hooks.into_iter().filter(|h| h.stages.contains(&stage)) {
            let id = self.next_uuid();
            // What a hook gave back is handed to its next call in the same
            // deployment, at a later stage too.
            let deployment = &mut self.service_deployments[i];
            let carried = (deployment.hooks.iter().rev())
                .find(|h| h.function == hook.function)
                .and_then(|h| h.details.clone());
            deployment.hooks.push(NativeHookExecution {
                id,
                stage,
                rollback,
                function: hook.function,
                status: NativeHookStatus::InProgress,
                calls: 0,
                running: false,
                next_call_at: Some(now),
                details: carried.or(hook.details),
                started_at: now,
                // A hook has at least a minute, so that each can be called.
                deadline: now
                    + pace
                        .minutes(f64::from(hook.timeout_minutes.max(1)))
                        .max(MOMENT),
                ended_at: None,
                returned: None,
                reason: None,
            });
        }
    }

    /// Takes in what a hook of a service deployment answered.
    pub(crate) fn native_hook_returned(
        &mut self,
        execution: &str,
        result: FunctionResult,
        now: Millis,
    ) -> bool {
        let pace = self.pace;
        let found = self.service_deployments.iter_mut().find_map(|d| {
            let hook = d
                .hooks
                .iter_mut()
                .find(|h| h.id == execution && h.running)?;
            Some((d.arn.clone(), hook))
        });
        let Some((deployment, hook)) = found else {
            return false;
        };
        hook.running = false;
        hook.returned = Some(result.clone());
        // Given up already, or too late: what it says no longer counts.
        if hook.status != NativeHookStatus::InProgress || now >= hook.deadline {
            return true;
        }
        let function = hook.function.clone();
        let step = Step::Native(hook.stage);
        let answer = read_answer(result);
        let happened = match answer {
            Ok(answer) => {
                merge(&mut hook.details, answer.details);
                let status = match answer.status {
                    NativeHookStatus::InProgress => {
                        hook.next_call_at = Some(now + pace.seconds(answer.call_back_seconds));
                        LifecycleEventStatus::InProgress
                    }
                    NativeHookStatus::Succeeded => LifecycleEventStatus::Succeeded,
                    _ => {
                        hook.reason = Some(format!("{function} returned FAILED"));
                        LifecycleEventStatus::Failed
                    }
                };
                hook.status = answer.status;
                Event::HookReported {
                    deployment,
                    step,
                    function,
                    execution: execution.to_owned(),
                    status,
                }
            }
            Err(reason) => {
                hook.status = NativeHookStatus::Failed;
                hook.reason = Some(format!("{function}: {reason}"));
                Event::HookBroke {
                    deployment,
                    function,
                    execution: execution.to_owned(),
                    reason,
                }
            }
        };
        if hook.status != NativeHookStatus::InProgress {
            hook.ended_at = Some(now);
        }
        self.record(now, happened);
        true
    }
}

/// The event that a hook's function is called with.
fn payload(deployment: &ServiceDeployment, hook: &NativeHookExecution) -> Value {
    let numbers = |weights: &BTreeMap<String, f64>| -> Value {
        let number = |w: f64| {
            if w.fract() == 0.0 {
                json!(w as i64)
            } else {
                json!(w)
            }
        };
        weights
            .iter()
            .map(|(arn, w)| (arn.clone(), number(*w)))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let mut event = json!({
        "executionId": hook.id,
        "lifecycleStage": hook.stage,
        "resourceArn": deployment.arn,
        "executionDetails": {
            "serviceArn": deployment.service_arn,
            "targetServiceRevisionArn": deployment.target_revision,
            "testTrafficWeights": numbers(&deployment.test_weights),
            "productionTrafficWeights": numbers(&deployment.production_weights),
        },
    });
    if let Some(details) = &hook.details {
        event["hookDetails"] = details.clone();
    }
    event
}

/// A hook's answer.
struct Answer {
    status: NativeHookStatus,
    call_back_seconds: f64,
    details: Option<Value>,
}

/// Reads `{"hookStatus": …, "callBackDelay": …, "hookDetails": …}`. Without a
/// status that ECS knows there is no answer.
fn read_answer(result: FunctionResult) -> Result<Answer, String> {
    let mut answer = match result {
        FunctionResult::Returned(answer) => answer,
        FunctionResult::Failed(reason) => return Err(reason),
    };
    let status = match answer.get("hookStatus").and_then(Value::as_str) {
        Some("SUCCEEDED") => NativeHookStatus::Succeeded,
        Some("FAILED") => NativeHookStatus::Failed,
        Some("IN_PROGRESS") => NativeHookStatus::InProgress,
        Some(_) => return Err("the answer's hookStatus is none that ECS knows".to_owned()),
        None => return Err("the answer has no hookStatus".to_owned()),
    };
    let delay = answer.get("callBackDelay").and_then(Value::as_f64);
    Ok(Answer {
        status,
        call_back_seconds: delay.filter(|d| *d >= 0.0).unwrap_or(CALL_BACK_SECONDS),
        details: answer.get_mut("hookDetails").map(Value::take),
    })
}

/// Puts a hook's own details over those it was called with.
fn merge(details: &mut Option<Value>, more: Option<Value>) {
    match (details, more) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => old.extend(new),
        (_, None | Some(Value::Null)) => {}
        (details, Some(new)) => *details = Some(new),
    }
}
