use std::error::Error;

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use verdict::{Outcome, chain, shorten};

/// Why a step towards green could not be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{step}: {why}")]
pub struct Fault {
    /// What was being found.
    pub step: &'static str,
    /// Why it was not.
    pub why: String,
    /// What to do about it, where that is known.
    pub remedy: Option<String>,
}

impl Fault {
    /// A step that an answer of AWS does not allow.
    pub(crate) fn new(step: &'static str, why: impl Into<String>) -> Self {
        Self {
            step,
            why: why.into(),
            remedy: None,
        }
    }

    /// Says what to do.
    pub(crate) fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}

impl From<Fault> for Outcome {
    fn from(fault: Fault) -> Self {
        let outcome = Outcome::errored(fault.step, fault.why);
        match fault.remedy {
            Some(remedy) => outcome.with_remedy(remedy),
            None => outcome,
        }
    }
}

/// A call of AWS, for telling what became of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'a> {
    /// What it is made for.
    pub(crate) step: &'static str,
    /// The IAM action that it needs.
    pub(crate) action: &'static str,
    /// What it is about.
    pub(crate) resource: &'a str,
    /// What a policy has to allow the action on; many take no resource.
    pub(crate) grant: &'static str,
}

impl Call<'_> {
    /// Turns a failed call into a fault.
    pub(crate) fn failed<E, R>(self, error: &SdkError<E, R>) -> Fault
    where
        E: Error + ProvideErrorMetadata + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        let Call {
            step,
            action,
            resource,
            grant,
        } = self;
        let code = error.code();
        let why = match (error, code) {
            (SdkError::TimeoutError(_), _) => "no answer in time".to_owned(),
            (_, Some(code)) => match error.message() {
                Some(message) => format!("{code}: {message}"),
                None => code.to_owned(),
            },
            _ => chain(error),
        };
        let why = shorten(&why, 400);
        let fault = Fault::new(step, format!("{action} on {resource} failed: {why}"));
        match code {
            Some("AccessDeniedException" | "AccessDenied" | "UnauthorizedOperation") => Fault::new(
                step,
                format!("{action} on {resource} is not allowed: {why}"),
            )
            .with_remedy(format!("allow the function's role {action} on {grant}")),
            Some("ThrottlingException" | "Throttling" | "RequestLimitExceeded") => fault
                .with_remedy(
                    "AWS limits the rate of these calls in the account; deploy again later",
                ),
            _ if matches!(
                error,
                SdkError::TimeoutError(_) | SdkError::DispatchFailure(_)
            ) =>
            {
                fault.with_remedy(
                    "a function in a VPC needs a NAT gateway or interface endpoints to reach AWS",
                )
            }
            _ => fault,
        }
    }
}
