//! What the world asks its surroundings to do.

use serde::Serialize;

use crate::{LifecycleEventName, Stage};

/// Something to be done outside. Each comes once.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum Effect {
    /// Start a task; answer with `World::task_running`, or with
    /// `World::task_stopped` if it can't be started.
    StartTask {
        /// The id of the task: `World::task` tells the rest.
        task: String,
        /// The id of its task set, or what ECS's own deployment has for it.
        started_by: String,
        /// The ARN of its task definition.
        task_definition_arn: String,
    },
    /// Stop a task, which may still be starting, or not even have been begun;
    /// answer with `World::task_stopped`.
    StopTask {
        /// The id of the task.
        task: String,
    },
    /// Call a function as CodeDeploy does; what it returns goes to
    /// `World::hook_function_returned`.
    InvokeHook {
        /// The id of the deployment.
        deployment: String,
        /// The lifecycle event.
        event: LifecycleEventName,
        /// The function, a name or an ARN.
        function: String,
        /// The id of the execution.
        execution: String,
        /// The event to call it with: JSON text.
        payload: String,
    },
    /// Call a function as ECS does; what it returns goes to
    /// `World::hook_function_returned` and decides.
    InvokeNativeHook {
        /// The ARN of the service deployment.
        deployment: String,
        /// The stage.
        stage: Stage,
        /// The function, a name or an ARN.
        function: String,
        /// The id of the execution; the same for each call of it.
        execution: String,
        /// The event to call it with: JSON text.
        payload: String,
    },
    /// Call a function later, as EventBridge and SNS do: nobody waits for its
    /// answer, and it is called again when it fails.
    InvokeLater {
        /// The function, a name or an ARN.
        function: String,
        /// The event to call it with: JSON text.
        payload: String,
    },
}
