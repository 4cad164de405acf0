use std::time::Duration;

use aws_sdk_codedeploy::{
    Client,
    config::{retry::RetryConfig, timeout::TimeoutConfig},
    error::{ProvideErrorMetadata, SdkError},
    types::LifecycleEventStatus,
};
use serde::Serialize;
use serde_json::json;
use tokio::time::Instant;
use verdict::{Backoff, Status, chain, shorten};

use crate::{CodeDeployEvent, log};

/// What became of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Reported {
    /// It was not made yet.
    NotYet,
    /// CodeDeploy took `Succeeded`, or ECS was answered `SUCCEEDED`.
    Succeeded,
    /// CodeDeploy took `Failed`, or ECS was answered `FAILED`.
    Failed,
    /// The lifecycle event had ended before: an earlier try of this report got
    /// through, or CodeDeploy's own time was over.
    AlreadyCompleted,
    /// It could not be made.
    Not,
}

/// A report that was not made: the deployment waits for its hook's time-out.
#[derive(Debug, Clone, thiserror::Error)]
#[error(
    "could not report {status} of deployment {deployment} to CodeDeploy after {tries} tries: {why}; {remedy}"
)]
pub struct ReportError {
    status: &'static str,
    deployment: String,
    tries: u32,
    why: String,
    remedy: &'static str,
}

/// The pauses between tries of a report. They are short: the whole time for it
/// is seconds, and a deployment hangs for an hour if it isn't used.
const PAUSES: Backoff = Backoff {
    first: Duration::from_millis(200),
    ceiling: Duration::from_secs(4),
};

/// The time for the first try's answer; it doubles, so that a service that
/// answers slowly is heard in the end. But no try takes more than a third of
/// what is left, so that there is another.
const FIRST_ATTEMPT: Duration = Duration::from_secs(3);

/// Less than this is not worth a try.
const SHORTEST: Duration = Duration::from_millis(100);

/// The time for the answer to a try: the first is 1.
fn patience(tries: u32, left: Duration) -> Duration {
    FIRST_ATTEMPT
        .saturating_mul(1 << (tries.saturating_sub(1)).min(8))
        .min((left / 3).max(Duration::from_millis(250)))
        .min(left)
}

/// What an answer of CodeDeploy means for the next try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// There is a status, by whoever.
    Done,
    /// Another try can help.
    Again,
    /// No try can help.
    Never,
}

/// Judges an error's code. Access denied is tried again too: a role that was
/// just made takes time to be known everywhere.
/// <https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_PutLifecycleEventHookExecutionStatus.html>
fn next(code: Option<&str>) -> Next {
    match code {
        Some("LifecycleEventAlreadyCompletedException") => Next::Done,
        Some(
            "DeploymentDoesNotExistException"
            | "DeploymentIdRequiredException"
            | "InvalidDeploymentIdException"
            | "InvalidLifecycleEventHookExecutionIdException"
            | "InvalidLifecycleEventHookExecutionStatusException"
            | "UnsupportedActionForDeploymentTypeException",
        ) => Next::Never,
        _ => Next::Again,
    }
}

/// Tells CodeDeploy how the hook ended, and tries until `until`.
pub(crate) async fn report(
    client: &Client,
    event: &CodeDeployEvent,
    status: Status,
    until: Instant,
) -> Result<Reported, ReportError> {
    let (value, reported) = match status.allows() {
        true => (LifecycleEventStatus::Succeeded, Reported::Succeeded),
        false => (LifecycleEventStatus::Failed, Reported::Failed),
    };
    let mut tries = 0;
    loop {
        tries += 1;
        let limit = patience(tries, until.saturating_duration_since(Instant::now()));
        // A task of its own: a panic in a client is an answer like any other.
        let attempt = tokio::spawn(put(client.clone(), event.clone(), value.clone(), limit));
        let (judged, why, remedy) = match attempt.await {
            Ok(Ok(())) => return Ok(reported),
            Ok(Err(refusal)) => refusal,
            Err(panic) => (Next::Again, panic.to_string(), STOP_IT),
        };
        let left = until.saturating_duration_since(Instant::now());
        let pause = PAUSES.pause(tries, fastrand::f64()).min(left / 2);
        match judged {
            Next::Done => return Ok(Reported::AlreadyCompleted),
            Next::Again if left - pause >= SHORTEST => {
                log::line(
                    log::Level::Warn,
                    "reporting again",
                    &json!({"deploymentId": event.deployment_id, "tries": tries, "why": why}),
                );
                tokio::time::sleep(pause).await;
            }
            Next::Again | Next::Never => {
                return Err(ReportError {
                    status: if status.allows() {
                        "Succeeded"
                    } else {
                        "Failed"
                    },
                    deployment: event.deployment_id.clone(),
                    tries,
                    why,
                    remedy,
                });
            }
        }
    }
}

const STOP_IT: &str =
    "stop the deployment with `aws deploy stop-deployment`, or it waits for an hour";

async fn put(
    client: Client,
    event: CodeDeployEvent,
    status: LifecycleEventStatus,
    limit: Duration,
) -> Result<(), (Next, String, &'static str)> {
    let once = aws_sdk_codedeploy::config::Builder::new()
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::builder().operation_timeout(limit).build());
    let answer = client
        .put_lifecycle_event_hook_execution_status()
        .deployment_id(event.deployment_id)
        .lifecycle_event_hook_execution_id(event.execution_id)
        .status(status)
        .customize()
        .config_override(once)
        .send()
        .await;
    let Err(error) = answer else { return Ok(()) };
    let code = error.code();
    let remedy = match code {
        Some("AccessDeniedException" | "AccessDenied") => {
            "allow the function's role codedeploy:PutLifecycleEventHookExecutionStatus on the deployment group"
        }
        _ => STOP_IT,
    };
    let why = match (&error, code, error.message()) {
        (SdkError::TimeoutError(_), _, _) => format!("no answer within {limit:.1?}"),
        (_, Some(code), Some(message)) => format!("{code}: {message}"),
        (_, Some(code), None) => code.to_owned(),
        _ => chain(&error),
    };
    Err((next(code), shorten(&why, 300), remedy))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_time_for_another_try() {
        let ms = Duration::from_millis;
        for (tries, left, expected) in [
            (1, ms(20_000), ms(3_000)),
            (2, ms(17_000), ms(17_000) / 3),
            (1, ms(2_100), ms(700)),
            (3, ms(400), ms(250)),
            (1, ms(120), ms(120)),
        ] {
            assert_eq!(patience(tries, left), expected, "{tries}, {left:?}");
        }
    }

    #[test]
    fn a_table_of_answers() {
        for (code, expected) in [
            (Some("LifecycleEventAlreadyCompletedException"), Next::Done),
            (Some("ThrottlingException"), Next::Again),
            (Some("AccessDeniedException"), Next::Again),
            (Some("InternalFailure"), Next::Again),
            (None, Next::Again),
            (
                Some("InvalidLifecycleEventHookExecutionIdException"),
                Next::Never,
            ),
            (Some("DeploymentDoesNotExistException"), Next::Never),
        ] {
            assert_eq!(next(code), expected, "{code:?}");
        }
    }
}
