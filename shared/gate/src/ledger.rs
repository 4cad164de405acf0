use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

/// What a gate is about, as far as it has found out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Subject {
    /// CodeDeploy's application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    /// CodeDeploy's deployment group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployment_group: Option<String>,
    /// The ECS cluster's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// The ECS service's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Green's task definition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_definition: Option<String>,
    /// The plan that the checks come from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
}

/// Where the work says how far it is. It outlives the work, so a verdict can
/// tell what was going on when the work panicked or its time was over.
#[derive(Debug, Clone, Default)]
pub struct Ledger(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    step: Option<String>,
    subject: Subject,
}

impl Ledger {
    /// Notes what is being done now, as in "finding green".
    pub fn step(&self, step: impl Into<String>) {
        self.state().step = Some(step.into());
    }

    /// Notes what the gate is about.
    pub fn about(&self, change: impl FnOnce(&mut Subject)) {
        change(&mut self.state().subject);
    }

    /// What is being done now.
    pub fn current_step(&self) -> String {
        let step = self.state().step.clone();
        step.unwrap_or_else(|| "starting".to_owned())
    }

    /// What the gate is about, as far as it is known.
    pub fn subject(&self) -> Subject {
        self.state().subject.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves these plain texts whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
