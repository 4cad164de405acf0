//! What AWS says no to.

/// A call that AWS refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Refusal {
    /// The name of the exception, as in `__type`; for a revision that ECS
    /// won't accept, CodeDeploy's error code `ECS_UPDATE_ERROR`.
    pub code: &'static str,
    /// In AWS's words.
    pub message: String,
}

impl Refusal {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Refusal {
        Refusal {
            code,
            message: message.into(),
        }
    }

    /// ECS's answer when CodeDeploy asks it for an impossible task set.
    pub(crate) fn ecs_update(what: impl std::fmt::Display) -> Refusal {
        Refusal::new(
            "ECS_UPDATE_ERROR",
            format!("The ECS service cannot be updated due to an unexpected error: {what}"),
        )
    }
}
