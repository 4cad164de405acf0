//! Which version failed, and which one serves.

use aws_sdk_codedeploy::types::{
    DeploymentInfo, DeploymentTarget, LambdaFunctionInfo, RevisionLocation,
};
use aws_sdk_ecs::types::Service;
use story::Rollback;

use crate::plain::clean;

/// The longest name of a version, in bytes.
const VERSION: usize = 300;

/// The versions of a deployment.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Versions {
    /// The one that was deployed.
    pub(crate) deployed: Option<String>,
    /// The one that serves.
    pub(crate) serves: Option<String>,
    /// Whether what was deployed is still what serves.
    pub(crate) is_under_way: bool,
}

/// How a deployment was taken back, if it was.
pub(crate) fn rollback(info: &DeploymentInfo, versions: Versions) -> Option<Rollback> {
    let told = info.rollback_info()?;
    // A message alone may say as well that there is nothing to go back to.
    let deployment = told.rollback_deployment_id().filter(|id| !id.is_empty())?;
    let message = told.rollback_message().filter(|text| !text.is_empty());
    Some(Rollback {
        failed: versions.deployed,
        serves: versions.serves,
        deployment: Some(deployment.to_owned()),
        message: message.map(str::to_owned),
    })
}

/// The versions of a deployment to ECS. The task set of a deployment carries
/// its id; once it is gone, the AppSpec tells what was deployed.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskSet.html>
pub(crate) fn of_ecs(
    id: &str,
    info: Option<&DeploymentInfo>,
    service: Option<&Service>,
) -> Versions {
    let sets = service.map(Service::task_sets).unwrap_or_default();
    let own = sets.iter().find(|set| set.external_id() == Some(id));
    let primary = sets.iter().find(|set| set.status() == Some("PRIMARY"));
    let deployed = own.and_then(|set| set.task_definition()).map(version);
    let is_under_way = own.is_some_and(|set| set.status() == Some("PRIMARY"));
    let serves = primary.filter(|_| !is_under_way);
    Versions {
        deployed: deployed.or_else(|| of_appspec(info?)),
        serves: serves.and_then(|set| set.task_definition()).map(version),
        is_under_way,
    }
}

/// The task definition that an AppSpec names, in YAML or JSON.
fn of_appspec(info: &DeploymentInfo) -> Option<String> {
    let revision = info.revision()?;
    let text = revision.string().and_then(|raw| raw.content());
    let appspec = revision.app_spec_content().and_then(|spec| spec.content());
    let (_, rest) = appspec.or(text)?.split_once(":task-definition/")?;
    let name = rest.split(|c: char| !(c.is_ascii_alphanumeric() || "-_:".contains(c)));
    name.into_iter()
        .next()
        .filter(|name| !name.is_empty())
        .map(version)
}

/// The versions of a deployment to Lambda or to instances.
pub(crate) fn of_others(info: Option<&DeploymentInfo>, targets: &[DeploymentTarget]) -> Versions {
    let function = targets
        .iter()
        .find_map(|target| target.lambda_target()?.lambda_function_info());
    if let Some(function) = function {
        return Versions {
            deployed: of_function(function, function.target_version()),
            serves: of_function(function, function.current_version()),
            is_under_way: false,
        };
    }
    Versions {
        deployed: info.and_then(|info| of_revision(info.revision()?)),
        serves: info.and_then(|info| of_revision(info.previous_revision()?)),
        is_under_way: false,
    }
}

fn of_function(function: &LambdaFunctionInfo, number: Option<&str>) -> Option<String> {
    Some(clean(
        &format!("{}:{}", function.function_name()?, number?),
        VERSION,
    ))
}

fn of_revision(revision: &RevisionLocation) -> Option<String> {
    let commit = revision
        .git_hub_location()
        .and_then(|place| place.commit_id());
    let object = revision.s3_location().and_then(|place| place.key());
    let name = commit.or(object).filter(|name| !name.is_empty())?;
    Some(clean(name, VERSION))
}

/// `family:revision` out of a task definition's ARN.
pub(crate) fn version(definition: &str) -> String {
    let name = match definition.starts_with("arn:") {
        true => definition.rsplit('/').next().unwrap_or_default(),
        false => definition,
    };
    // A family may have `token` in its name, and its revision is no secret.
    match is_revision(name) {
        true => name.to_owned(),
        false => clean(name, VERSION),
    }
}

/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html>
fn is_revision(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    name.split_once(':').is_some_and(|(family, revision)| {
        (1..=255).contains(&family.len())
            && family.chars().all(is_plain)
            && (1..=9).contains(&revision.len())
            && revision.chars().all(|c| c.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_versions() {
        for (definition, name) in [
            ("arn:aws:ecs:eu-west-1:1:task-definition/shop:43", "shop:43"),
            (
                "arn:aws:ecs:eu-west-1:1:task-definition/token-service:43",
                "token-service:43",
            ),
            ("shop:43", "shop:43"),
            ("shop", "shop"),
            ("password:hunter2", "password:***"),
        ] {
            assert_eq!(version(definition), name);
        }
    }
}
