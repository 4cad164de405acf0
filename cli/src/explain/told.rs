//! What an event was understood as, in a line.

use events::{Event, ExecutionId, Kind, ServiceName};

/// What an event was understood as: what it is about, and its state. Which
/// execution it is of stands above it, on its card.
pub(super) fn told(event: &Event) -> String {
    let text = match &event.kind {
        Kind::Execution(told) => format!("{}: {}", execution(&told.id), told.state),
        Kind::Stage(told) => {
            let of = execution(&told.id);
            format!("stage {} of {of}: {}", told.stage, told.state)
        }
        Kind::Action(told) => {
            let of = execution(&told.id);
            let name = format!("{}/{}", told.stage, told.action);
            format!("action {name} of {of}: {}", told.state)
        }
        Kind::Approval(told) => {
            let name = format!("{}/{}", told.stage, told.action);
            format!("approval {name} of pipeline {}: asked for", told.pipeline)
        }
        Kind::Build(told) => format!("build {}: {}", told.about.id, told.state),
        Kind::BuildPhase(told) => {
            let of = &told.about.id;
            format!("phase {} of build {of}: {}", told.phase, told.state)
        }
        Kind::Deployment(told) => format!("deployment {}: {}", told.id, told.state),
        Kind::Instance(told) => {
            let of = &told.deployment;
            format!(
                "instance {} of deployment {of}: {}",
                told.instance, told.state
            )
        }
        Kind::EcsDeployment(told) => {
            let of = service(&told.service);
            format!("ECS deployment {} of {of}: {}", told.deployment, told.state)
        }
        Kind::ServiceAction(told) => format!("{}: {}", service(&told.service), told.name),
        Kind::Task(told) => {
            let by = told.started_by.as_deref();
            let by = by.map(|by| format!(" of {by}")).unwrap_or_default();
            format!("task {}{by}: {}", told.task, told.last)
        }
        Kind::EcsHook(told) => {
            let of = &told.deployment;
            format!("hook {} of ECS deployment {of}: {}", told.hook, told.state)
        }
        Kind::Image(told) => {
            let tag = told.tag.as_ref().map(|tag| format!(":{tag}"));
            let digest = told.digest.as_ref().map(|digest| format!("@{digest}"));
            let which = tag.or(digest).unwrap_or_default();
            format!(
                "image {}{which}, {}: {}",
                told.repository, told.action, told.state
            )
        }
        Kind::Scan(told) => format!("scan of image {}: {}", told.repository, told.state),
        Kind::Reference(told) => {
            format!(
                "repository {}, {}: {}",
                told.repository, told.name, told.event
            )
        }
        Kind::PullRequest(told) => {
            let number = &told.number;
            format!(
                "repository {}, pull request {number}: {}",
                told.repository, told.event
            )
        }
        Kind::Gate(told) => {
            let of = &told.deployment;
            format!("gate {} of deployment {of}: {}", told.hook, told.state)
        }
        Kind::Tool(told) => {
            let step = told.step.as_deref().map(|step| format!(", step {step}"));
            let step = step.unwrap_or_default();
            let name = format!("{} {} run {}{step}", told.tool, told.subject, told.run);
            format!("{name}: {}", told.state)
        }
        Kind::Notice(told) => {
            let what = format!("{:?} of {}", told.detail_type, told.source);
            format!("not known: {what}; a notice is all that becomes of it")
        }
    };
    verdict::one_line(&text)
}

fn execution(id: &ExecutionId) -> String {
    format!("pipeline {}", id.pipeline)
}

fn service(name: &ServiceName) -> String {
    let cluster = name.cluster.as_deref();
    let cluster = cluster.map(|c| format!("{c}/")).unwrap_or_default();
    format!("service {cluster}{}", name.service)
}
