use std::collections::BTreeMap;

use aws_lambda_events::codedeploy::CodeDeployLifecycleEvent;
use serde_json::{Map, Value};

use crate::{Hook, Stage};

/// The call of a hook, in either protocol.
#[derive(Debug, Clone, PartialEq)]
pub enum HookEvent {
    /// CodeDeploy calls, and waits for a status call.
    CodeDeploy(CodeDeployEvent),
    /// ECS calls, and reads the returned `hookStatus`.
    Native(NativeEvent),
}

/// What CodeDeploy hands to a hook: two ids, and not even the hook's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeDeployEvent {
    /// The deployment, `d-…`.
    pub deployment_id: String,
    /// What a status call has to name; opaque.
    pub execution_id: String,
}

/// What ECS hands to a lifecycle hook.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-lifecycle-hooks.html>
#[derive(Debug, Clone, PartialEq)]
pub struct NativeEvent {
    /// The stage that the deployment has reached.
    pub stage: Stage,
    /// The service deployment's ARN, where the event names it.
    pub deployment_arn: Option<String>,
    /// The service's ARN.
    pub service_arn: String,
    /// The ARN of the service revision that is being deployed: green.
    pub target_revision_arn: String,
    /// Shares of production traffic by service revision, in percent; may be empty.
    pub production_weights: BTreeMap<String, f64>,
}

impl NativeEvent {
    /// Whether ECS is on its way back. It then calls the hooks of the shift
    /// stages once more, with green as the target still, but with all of
    /// production on another revision. A check of green has nothing to say
    /// there, and its refusal would block the way back.
    pub fn is_rollback(&self) -> bool {
        let target = self.production_weights.get(&self.target_revision_arn);
        let elsewhere = self
            .production_weights
            .iter()
            .any(|(revision, weight)| *revision != self.target_revision_arn && *weight >= 100.0);
        self.stage.recurs_in_rollback() && target.is_some_and(|weight| *weight == 0.0) && elsewhere
    }
}

/// Why an event is no call of a hook.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// It has the shape of neither protocol.
    #[error(
        "the event is neither CodeDeploy's (DeploymentId, LifecycleEventHookExecutionId) nor that of an ECS lifecycle hook (lifecycleStage): it has {0}; this function belongs into the Hooks of an AppSpec or of an ECS service"
    )]
    Unknown(String),
    /// CodeDeploy's, but not whole. There is nobody to report to.
    #[error("CodeDeploy's hook event has no usable {0}: a text is needed, and not an empty one")]
    CodeDeploy(&'static str),
    /// That of an ECS hook, but not whole: it is answered with `FAILED`.
    #[error("the ECS hook event of stage {stage} has no usable {member}")]
    Native {
        /// The stage that it names.
        stage: String,
        /// What is missing or malformed.
        member: &'static str,
    },
}

impl HookEvent {
    /// Recognises an event by its shape.
    pub fn parse(event: &Value) -> Result<Self, EventError> {
        let Some(members) = event.as_object() else {
            return Err(EventError::Unknown(kind(event).to_owned()));
        };
        if members.contains_key("lifecycleStage") {
            return native(members).map(Self::Native);
        }
        let ours = ["DeploymentId", "LifecycleEventHookExecutionId"];
        if !ours.iter().any(|name| members.contains_key(*name)) {
            return Err(EventError::Unknown(keys(members)));
        }
        for name in ours {
            if text(members, name).is_none() {
                return Err(EventError::CodeDeploy(name));
            }
        }
        let event: CodeDeployLifecycleEvent = serde_json::from_value(event.clone())
            .map_err(|_| EventError::CodeDeploy("DeploymentId"))?;
        Ok(Self::CodeDeploy(CodeDeployEvent {
            deployment_id: event.deployment_id,
            execution_id: event.lifecycle_event_hook_execution_id,
        }))
    }

    /// The id that people look a deployment up by.
    pub fn deployment(&self) -> &str {
        match self {
            HookEvent::CodeDeploy(event) => &event.deployment_id,
            HookEvent::Native(event) => event
                .deployment_arn
                .as_deref()
                .unwrap_or(&event.target_revision_arn),
        }
    }

    /// Why the checks of `hook` may not run for this event, if they may not:
    /// an ECS stage at which they would look at the wrong thing.
    pub fn misplaced(&self, hook: Hook) -> Option<String> {
        let HookEvent::Native(event) = self else {
            return None;
        };
        match Hook::at_stage(&event.stage) {
            Some(found) if found == hook => None,
            found => {
                let better = match found {
                    Some(found) => format!("; that stage belongs to {}", found.name()),
                    None => String::new(),
                };
                Some(format!(
                    "the ECS service calls {} at stage {}{better}; give it the stages {}",
                    hook.name(),
                    event.stage,
                    hook.stages().join(" or "),
                ))
            }
        }
    }
}

fn native(members: &Map<String, Value>) -> Result<NativeEvent, EventError> {
    let stage = text(members, "lifecycleStage").ok_or(EventError::Native {
        stage: "unknown".to_owned(),
        member: "lifecycleStage",
    })?;
    // The details stand in an object of their own; older descriptions of the
    // payload show them beside the stage.
    let details = members
        .get("executionDetails")
        .and_then(Value::as_object)
        .unwrap_or(members);
    let need = |member: &'static str| {
        text(details, member).ok_or_else(|| EventError::Native {
            stage: stage.clone(),
            member,
        })
    };
    Ok(NativeEvent {
        service_arn: need("serviceArn")?,
        target_revision_arn: need("targetServiceRevisionArn")?,
        deployment_arn: text(members, "resourceArn"),
        production_weights: weights(details.get("productionTrafficWeights")),
        stage: Stage(stage),
    })
}

/// Weights, as numbers or as texts of numbers; anything else is left out.
fn weights(value: Option<&Value>) -> BTreeMap<String, f64> {
    let Some(members) = value.and_then(Value::as_object) else {
        return BTreeMap::new();
    };
    members
        .iter()
        .filter_map(|(revision, weight)| {
            let weight = weight
                .as_f64()
                .or_else(|| weight.as_str().and_then(|text| text.trim().parse().ok()))?;
            Some((revision.clone(), weight))
        })
        .collect()
}

fn text(members: &Map<String, Value>, name: &str) -> Option<String> {
    let text = members.get(name)?.as_str()?;
    (!text.trim().is_empty()).then(|| text.to_owned())
}

/// The names of an event's members, never their values.
fn keys(members: &Map<String, Value>) -> String {
    if members.is_empty() {
        return "no members".to_owned();
    }
    let names: Vec<&str> = members.keys().take(8).map(String::as_str).collect();
    verdict::shorten(&names.join(", "), 120)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn native_event(stage: &str, weights: Value) -> Value {
        json!({
            "executionId": "0b2c", "lifecycleStage": stage,
            "resourceArn": "arn:aws:ecs:eu-west-1:123456789012:service-deployment/c/s/1",
            "executionDetails": {
                "serviceArn": "arn:aws:ecs:eu-west-1:123456789012:service/c/s",
                "targetServiceRevisionArn": "green",
                "testTrafficWeights": {}, "productionTrafficWeights": weights,
            }
        })
    }

    #[test]
    fn codedeploy_is_recognised() {
        let event = HookEvent::parse(&json!({
            "DeploymentId": "d-1", "LifecycleEventHookExecutionId": "abc", "Extra": [1]
        }));
        assert_eq!(
            event,
            Ok(HookEvent::CodeDeploy(CodeDeployEvent {
                deployment_id: "d-1".into(),
                execution_id: "abc".into()
            }))
        );
    }

    #[test]
    fn native_is_recognised_in_both_of_its_shapes() {
        let nested = native_event("PRE_PRODUCTION_TRAFFIC_SHIFT", json!({"green": 0}));
        let flat = json!({
            "lifecycleStage": "PRE_PRODUCTION_TRAFFIC_SHIFT",
            "resourceArn": nested["resourceArn"],
            "serviceArn": nested["executionDetails"]["serviceArn"],
            "targetServiceRevisionArn": "green",
            "productionTrafficWeights": {"green": "0"},
        });
        assert_eq!(HookEvent::parse(&nested), HookEvent::parse(&flat));
        let HookEvent::Native(event) = HookEvent::parse(&flat).unwrap() else {
            panic!("not native");
        };
        assert_eq!(event.target_revision_arn, "green");
        assert_eq!(event.production_weights["green"], 0.0);
    }

    #[test]
    fn a_table_of_refusals() {
        for (event, part) in [
            (json!(null), "it has null"),
            (json!([]), "an array"),
            (json!({}), "no members"),
            (json!({"Records": [{"secret": 1}]}), "it has Records;"),
            (
                json!({"DeploymentId": "d-1"}),
                "LifecycleEventHookExecutionId",
            ),
            (
                json!({"DeploymentId": 7, "LifecycleEventHookExecutionId": "a"}),
                "DeploymentId",
            ),
            (
                json!({"DeploymentId": " ", "LifecycleEventHookExecutionId": "a"}),
                "DeploymentId",
            ),
            (
                json!({"lifecycleStage": "POST_SCALE_UP"}),
                "stage POST_SCALE_UP has no usable serviceArn",
            ),
            (json!({"lifecycleStage": 3}), "lifecycleStage"),
        ] {
            let error = HookEvent::parse(&event).unwrap_err().to_string();
            assert!(error.contains(part), "{event}: {error}");
        }
    }

    #[test]
    fn a_rollback_is_told_by_its_stage_and_weights() {
        for (stage, weights, rollback) in [
            (
                "PRODUCTION_TRAFFIC_SHIFT",
                json!({"green": 0, "blue": 100}),
                true,
            ),
            ("TEST_TRAFFIC_SHIFT", json!({"green": 0, "blue": 100}), true),
            (
                "PRODUCTION_TRAFFIC_SHIFT",
                json!({"green": 100, "blue": 0}),
                false,
            ),
            (
                "PRODUCTION_TRAFFIC_SHIFT",
                json!({"green": 5, "blue": 95}),
                false,
            ),
            ("PRODUCTION_TRAFFIC_SHIFT", json!({}), false),
            ("PRODUCTION_TRAFFIC_SHIFT", json!({"blue": 100}), false),
            (
                "PRE_PRODUCTION_TRAFFIC_SHIFT",
                json!({"green": 0, "blue": 100}),
                false,
            ),
        ] {
            let HookEvent::Native(event) =
                HookEvent::parse(&native_event(stage, weights.clone())).unwrap()
            else {
                panic!("not native");
            };
            assert_eq!(event.is_rollback(), rollback, "{stage} {weights}");
        }
    }

    #[test]
    fn a_hook_at_a_foreign_stage_is_misplaced() {
        let at = |stage| HookEvent::parse(&native_event(stage, json!({}))).unwrap();
        let hook = Hook::BeforeAllowTraffic;
        assert_eq!(at("PRODUCTION_TRAFFIC_SHIFT").misplaced(hook), None);
        assert_eq!(
            at("POST_SCALE_UP").misplaced(hook).unwrap(),
            "the ECS service calls before-allow-traffic at stage POST_SCALE_UP; that stage belongs to \
             after-install; give it the stages PRE_PRODUCTION_TRAFFIC_SHIFT or PRODUCTION_TRAFFIC_SHIFT"
        );
    }

    proptest! {
        #[test]
        fn any_json_is_read_or_refused(
            names in prop::collection::vec("lifecycleStage|executionDetails|DeploymentId|LifecycleEventHookExecutionId|serviceArn|\\PC{0,6}", 0..6),
            text in "\\PC{0,8}",
        ) {
            let members: Map<String, Value> = names.into_iter().enumerate()
                .map(|(n, name)| (name, if n % 2 == 0 { json!(text) } else { json!({"serviceArn": n}) }))
                .collect();
            let _ = HookEvent::parse(&Value::Object(members));
        }
    }
}
