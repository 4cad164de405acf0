use events::Kind;

/// What kind of event it is, for the log.
pub(crate) fn word(kind: &Kind) -> &'static str {
    match kind {
        Kind::Execution(_) => "pipeline",
        Kind::Stage(_) => "stage",
        Kind::Action(_) => "action",
        Kind::Approval(_) => "approval",
        Kind::Build(_) => "build",
        Kind::BuildPhase(_) => "build phase",
        Kind::Deployment(_) => "deployment",
        Kind::Instance(_) => "instance",
        Kind::EcsDeployment(_) => "ECS deployment",
        Kind::ServiceAction(_) => "ECS service action",
        Kind::Task(_) => "ECS task",
        Kind::EcsHook(_) => "ECS hook",
        Kind::Image(_) => "image",
        Kind::Scan(_) => "image scan",
        Kind::Reference(_) => "reference",
        Kind::PullRequest(_) => "pull request",
        Kind::Gate(_) => "gate",
        Kind::Tool(_) => "tool",
        Kind::Notice(_) => "notice",
    }
}
