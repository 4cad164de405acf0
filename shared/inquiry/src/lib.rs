//! Asks AWS why something failed, and what belongs to what.
//!
//! [`Inquiry`] is what a board asks. It makes these calls, and a role has to
//! allow the actions of the same names:
//!
//! | action | on | for |
//! |---|---|---|
//! | `codepipeline:ListActionExecutions` | the pipelines | why an action failed; which execution started a build; which deployment an action runs |
//! | `codepipeline:GetPipelineState` | the pipelines | which execution asks for an approval |
//! | `codebuild:BatchGetBuilds` | the projects | the phases that failed |
//! | `logs:GetLogEvents` | the log streams of the projects' log groups | the end of a build's log |
//! | `codedeploy:GetDeployment` | the deployment groups | a deployment's error, and how it was taken back |
//! | `codedeploy:ListDeploymentTargets` | `*` | its targets |
//! | `codedeploy:BatchGetDeploymentTargets` | `*` | their lifecycle events |
//! | `ecs:DescribeServices` | the services | a service's events, and which version serves |
//! | `ecs:ListTasks` | `*`, by the condition `ecs:cluster` | its stopped tasks |
//! | `ecs:DescribeTasks` | the clusters' tasks | why they stopped |
//!
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
//!
//! A call that is not allowed, or gets no answer in time, costs the detail that
//! it is for, and a line in what is missing. No text leaves here with what
//! looks like a secret in it.

mod action;
mod answers;
mod build;
mod clients;
mod clock;
mod deployment;
mod ecs;
mod inquiry;
mod log;
mod parent;
mod pipeline;
mod plain;
mod rollback;
mod works;

pub use self::{
    clients::{Clients, Limits},
    inquiry::Inquiry,
};
