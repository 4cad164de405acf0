//! What becomes of an invocation, in Lambda's words.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

/// An invocation that is over.
#[derive(Debug, Clone, PartialEq)]
pub struct Invocation {
    /// Its id (`x-amzn-RequestId`).
    pub request_id: String,
    /// What came of it.
    pub answer: Answer,
    /// How long the process took to ask for its first work, if it was started
    /// for this invocation: a cold start.
    pub init: Option<Duration>,
    /// From the hand-over of the event to the answer.
    pub duration: Duration,
}

/// What came of an invocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The function returned this.
    Returned(Bytes),
    /// The function failed (`X-Amz-Function-Error: Unhandled`).
    FunctionError(FunctionError),
    /// The function took too long and was killed (also `Unhandled`).
    TimedOut(FunctionError),
    /// There is no such function.
    NoSuchFunction,
}

/// How a function failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionError {
    /// Its own error type, or one of Lambda's such as `Runtime.ExitError`.
    pub error_type: String,
    /// In words.
    pub error_message: String,
    /// All of it, as the caller gets it: JSON.
    pub payload: Bytes,
}

impl FunctionError {
    pub(crate) fn new(error_type: &str, error_message: String) -> FunctionError {
        let payload = json!({"errorType": error_type, "errorMessage": error_message});
        FunctionError {
            error_type: error_type.to_owned(),
            error_message,
            payload: payload.to_string().into(),
        }
    }

    /// What a function reported itself: JSON with `errorType` and
    /// `errorMessage`, mostly.
    pub(crate) fn reported(payload: Bytes, error_type: Option<String>) -> FunctionError {
        let value: Value = serde_json::from_slice(&payload).unwrap_or_default();
        let text = |key: &str| value[key].as_str().map(str::to_owned);
        FunctionError {
            error_type: text("errorType").or(error_type).unwrap_or_default(),
            error_message: text("errorMessage").unwrap_or_default(),
            payload,
        }
    }

    /// The process ended.
    pub(crate) fn exited(request_id: &str, how: &str) -> FunctionError {
        FunctionError::new(
            "Runtime.ExitError",
            format!("RequestId: {request_id} Error: {how}"),
        )
    }

    /// The process could not be started.
    pub(crate) fn not_started(request_id: &str, why: &str) -> FunctionError {
        FunctionError::new(
            "Runtime.InvalidEntrypoint",
            format!("RequestId: {request_id} Error: {why}"),
        )
    }

    /// The process was killed after the function's timeout.
    pub(crate) fn timed_out(request_id: &str, timeout: Duration) -> FunctionError {
        let seconds = timeout.as_secs_f64();
        FunctionError::new(
            "Sandbox.Timedout",
            format!("RequestId: {request_id} Error: Task timed out after {seconds:.2} seconds"),
        )
    }
}

impl Invocation {
    pub(crate) fn no_such_function() -> Invocation {
        Invocation {
            request_id: crate::ids::uuid(),
            answer: Answer::NoSuchFunction,
            init: None,
            duration: Duration::ZERO,
        }
    }

    /// It ended together with the local AWS.
    pub(crate) fn cut_short() -> Invocation {
        let request_id = crate::ids::uuid();
        let error = FunctionError::exited(&request_id, super::environment::SHUT_DOWN);
        Invocation {
            request_id,
            answer: Answer::FunctionError(error),
            init: None,
            duration: Duration::ZERO,
        }
    }

    /// In one line, when it isn't what the function returned.
    pub fn failure(&self) -> Option<String> {
        match &self.answer {
            Answer::Returned(_) => None,
            Answer::FunctionError(error) | Answer::TimedOut(error) => Some(
                match (error.error_type.as_str(), error.error_message.as_str()) {
                    ("", "") => String::from_utf8_lossy(&error.payload).replace('\n', " "),
                    ("", message) => message.to_owned(),
                    (kind, message) => format!("{kind}: {message}"),
                },
            ),
            Answer::NoSuchFunction => Some("there is no such function".to_owned()),
        }
    }
}
