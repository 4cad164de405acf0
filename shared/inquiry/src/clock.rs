use std::{future::Future, time::Duration};

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use tokio::time::{Instant, timeout_at};

use crate::{Limits, plain::clean};

/// The longest line about what is missing, in bytes.
const LINE: usize = 300;

/// The time that there is for asking about one thing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    until: Instant,
    attempt: Duration,
}

impl Clock {
    pub(crate) fn start(limits: Limits) -> Self {
        Self {
            until: Instant::now() + limits.whole,
            attempt: limits.attempt,
        }
    }

    /// Waits for a call's answer as long as there is time.
    ///
    /// # Errors
    /// Why there is none, in one line that names the action.
    pub(crate) async fn call<T, E, R>(
        self,
        action: &'static str,
        call: impl Future<Output = Result<T, SdkError<E, R>>> + Send,
    ) -> Result<T, String>
    where
        E: ProvideErrorMetadata,
    {
        match timeout_at(self.until, call).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => {
                let (code, message) = (error.code(), error.message());
                Err(self.tell(action, kind(&error), code.map(|code| (code, message))))
            }
            Err(_) => Err(format!("{action}: no time was left for it")),
        }
    }

    fn tell(self, action: &str, kind: Kind, error: Option<(&str, Option<&str>)>) -> String {
        let line = match (kind, error) {
            (Kind::Late, _) => format!("{action}: no answer in {:?}", self.attempt),
            (Kind::Unreached, _) => format!(
                "{action}: no connection; a function in a VPC needs a NAT gateway or an \
                 interface endpoint for it"
            ),
            (Kind::Answer, Some((code, _))) if is_denied(code) => {
                format!("{action} is not allowed: add it to the function's role")
            }
            (Kind::Answer, Some((code, _))) if is_throttled(code) => {
                format!("{action}: AWS takes no more of these calls for now ({code})")
            }
            (Kind::Answer, Some((code, Some(message)))) => format!("{action}: {code}: {message}"),
            (Kind::Answer, Some((code, None))) => format!("{action}: {code}"),
            (Kind::Answer | Kind::Unread, _) => format!("{action}: the answer could not be read"),
        };
        clean(&line, LINE)
    }
}

/// What became of a call.
#[derive(Clone, Copy)]
enum Kind {
    Late,
    Unreached,
    Unread,
    Answer,
}

fn kind<E, R>(error: &SdkError<E, R>) -> Kind {
    match error {
        SdkError::TimeoutError(_) => Kind::Late,
        SdkError::DispatchFailure(failure) if failure.is_timeout() => Kind::Late,
        SdkError::DispatchFailure(_) | SdkError::ConstructionFailure(_) => Kind::Unreached,
        SdkError::ServiceError(_) => Kind::Answer,
        _ => Kind::Unread,
    }
}

fn is_denied(code: &str) -> bool {
    matches!(
        code,
        "AccessDeniedException" | "AccessDenied" | "UnauthorizedOperation" | "NotAuthorized"
    )
}

fn is_throttled(code: &str) -> bool {
    matches!(
        code,
        "ThrottlingException"
            | "Throttling"
            | "ThrottledException"
            | "TooManyRequestsException"
            | "RequestLimitExceeded"
    )
}
