use serde::Serialize;
use verdict::{Status, Verdict};

use crate::{Hook, HookEvent, Reported, Subject};

/// The `source` of the events that gates put on EventBridge.
pub const EVENT_SOURCE: &str = "greenlight";
/// Their `detail-type`.
pub const EVENT_DETAIL_TYPE: &str = "Greenlight Gate Verdict";

/// What EventBridge takes in one entry is 256 KiB; this leaves room for the
/// envelope.
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html>
const EVENT_LIMIT: usize = 200 * 1024;

/// A verdict with all that belongs to it: the log line's and the event's content.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// The lifecycle event, `BeforeAllowTraffic`.
    pub hook: &'static str,
    /// Which protocol called: `codedeploy` or `ecs`.
    pub protocol: &'static str,
    /// CodeDeploy's deployment id, or the ARN of the ECS service deployment.
    pub deployment_id: String,
    /// The ECS stage, where ECS called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// What was deployed.
    #[serde(flatten)]
    pub subject: Subject,
    /// What became of the report.
    pub reported: Reported,
    /// From the invocation's start to the report, in milliseconds.
    pub elapsed_ms: u64,
    /// The verdict and its evidence.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// How many outcomes were left out, passed ones first, so that an event
    /// keeps within EventBridge's limit; the log has them all.
    #[serde(skip_serializing_if = "is_zero")]
    pub omitted: usize,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde calls"
)]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl Document {
    /// Puts a verdict together with what it is about.
    pub fn new(hook: Hook, event: &HookEvent, subject: Subject, verdict: Verdict) -> Self {
        let (protocol, stage) = match event {
            HookEvent::CodeDeploy(_) => ("codedeploy", None),
            HookEvent::Native(event) => ("ecs", Some(event.stage.to_string())),
        };
        Self {
            hook: hook.lifecycle_event(),
            protocol,
            deployment_id: event.deployment().to_owned(),
            stage,
            subject,
            reported: Reported::NotYet,
            elapsed_ms: 0,
            verdict,
            omitted: 0,
        }
    }

    /// The detail of the event: the document as JSON, with outcomes left out
    /// from the best on when it is too long.
    pub fn detail(&self) -> Result<String, serde_json::Error> {
        let mut document = self.clone();
        let mut most = document.verdict.outcomes.len();
        loop {
            let text = serde_json::to_string(&document)?;
            if text.len() <= EVENT_LIMIT || most == 0 {
                return Ok(text);
            }
            most /= 2;
            let all = self.verdict.outcomes.iter();
            let bad = all.clone().filter(|o| o.status != Status::Passed);
            let good = all.filter(|o| o.status == Status::Passed);
            document.verdict.outcomes = bad.chain(good).take(most).cloned().collect();
            document.omitted = self.verdict.outcomes.len() - most;
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use verdict::Outcome;

    use super::*;

    fn document(outcomes: Vec<Outcome>) -> Document {
        let event = HookEvent::parse(&json!({
            "DeploymentId": "d-1", "LifecycleEventHookExecutionId": "x"
        }))
        .unwrap();
        let subject = Subject {
            application: Some("shop".into()),
            ..Subject::default()
        };
        Document::new(
            Hook::BeforeAllowTraffic,
            &event,
            subject,
            Verdict::of(outcomes),
        )
    }

    #[test]
    fn the_shape_of_the_event() {
        let detail = document(vec![Outcome::new("liveness", Status::Passed)])
            .detail()
            .unwrap();
        assert_eq!(
            serde_json::from_str::<Value>(&detail).unwrap(),
            json!({
                "hook": "BeforeAllowTraffic", "protocol": "codedeploy", "deploymentId": "d-1",
                "application": "shop", "reported": "NotYet", "elapsedMs": 0,
                "status": "Passed", "reason": "liveness passed",
                "outcomes": [{"check": "liveness", "status": "Passed", "attempts": 0, "elapsedMs": 0.0}],
            })
        );
    }

    #[test]
    fn a_long_event_keeps_what_failed() {
        let mut outcomes: Vec<Outcome> = (0..3000)
            .map(|n| Outcome::new(format!("check {n}"), Status::Passed).with_got("x".repeat(200)))
            .collect();
        outcomes.push(Outcome::new("broken", Status::Failed));
        let detail = document(outcomes).detail().unwrap();
        assert!(detail.len() <= EVENT_LIMIT);
        let value: Value = serde_json::from_str(&detail).unwrap();
        assert_eq!(value["outcomes"][0]["check"], "broken");
        assert!(value["omitted"].as_u64().unwrap() > 0);
    }
}
