//! Who may not do what on what, as AWS words it.

use serde_json::Value;
use world::World;

use super::{
    error::ApiError,
    route::{Asked, Input, Service},
    text, texts,
};

/// The refusal of a call for which the role has no permission.
pub(super) fn denied(world: &World, asked: &Asked) -> ApiError {
    let user = user(world);
    let action = match (asked.service, asked.operation.as_str()) {
        (Service::S3, "HeadObject") => "s3:GetObject".to_owned(),
        (Service::S3, "DeleteObjects") => "s3:DeleteObject".to_owned(),
        (Service::S3, "ListObjectsV2" | "HeadBucket") => "s3:ListBucket".to_owned(),
        (Service::Lambda, "Invoke") => "lambda:InvokeFunction".to_owned(),
        (service, operation) => format!("{}:{operation}", service.as_str()),
    };
    let on = match resource(world, asked) {
        Some(resource) if asked.service == Service::S3 => format!(" on resource: \"{resource}\""),
        Some(resource) => format!(" on resource: {resource}"),
        None => String::new(),
    };
    let message = format!(
        "User: {user} is not authorized to perform: {action}{on} because no identity-based \
         policy allows the {action} action"
    );
    match asked.service {
        Service::S3 | Service::Elb | Service::Sts => ApiError::new(403, "AccessDenied", message),
        Service::Lambda => ApiError::new(403, "AccessDeniedException", message),
        Service::Sns => ApiError::new(403, "AuthorizationError", message),
        Service::Sqs => ApiError::new(403, "AccessDenied", message),
        _ => ApiError::bad("AccessDeniedException", message),
    }
}

/// Who all callers are.
pub(super) fn user(world: &World) -> String {
    format!(
        "arn:aws:sts::{}:assumed-role/greenlight-local/local",
        world.account
    )
}

/// What a call is about. The load balancer's Describe calls are about nothing
/// in particular: they can't be permitted by resource.
fn resource(world: &World, asked: &Asked) -> Option<String> {
    match (&asked.input, asked.service) {
        (Input::Value(input), Service::CodeDeploy) => Some(codedeploy(world, input)),
        (Input::Value(input), Service::Ecs) => Some(ecs(world, &asked.operation, input)),
        (Input::Value(input), Service::Events) => {
            let bus = input["Entries"][0]["EventBusName"]
                .as_str()
                .unwrap_or("default");
            Some(or_arn(bus, || {
                world.arn("events", &format!("event-bus/{bus}"))
            }))
        }
        (Input::Value(input), Service::SecretsManager) => {
            let id = text(input, "SecretId").unwrap_or("*");
            Some(
                world
                    .secret(id)
                    .map_or_else(|| id.to_owned(), |secret| secret.arn.clone()),
            )
        }
        (Input::Value(input), Service::CodePipeline) => {
            let name = text(input, "pipelineName").or_else(|| text(input, "name"));
            Some(world.arn("codepipeline", name.unwrap_or("*")))
        }
        (Input::Value(input), Service::CodeBuild) => {
            let id = texts(input, "ids").first().copied().unwrap_or("*");
            let project = id.rsplit('/').next().and_then(|id| id.split(':').next());
            Some(world.arn("codebuild", &format!("project/{}", project.unwrap_or("*"))))
        }
        (Input::Value(input), Service::Logs) => {
            let group = text(input, "logGroupName").unwrap_or("*");
            let stream = text(input, "logStreamName").unwrap_or("*");
            Some(world.arn("logs", &format!("log-group:{group}:log-stream:{stream}")))
        }
        (Input::Value(input), Service::Sqs) => {
            let url = text(input, "QueueUrl").or_else(|| text(input, "QueueName"));
            let name = url.and_then(|url| url.rsplit('/').next()).unwrap_or("*");
            Some(world.arn("sqs", name))
        }
        (Input::Form(form), Service::Sns) => form.get("TopicArn").map(str::to_owned),
        (Input::S3(request), _) if request.key.is_empty() => {
            Some(format!("arn:aws:s3:::{}", request.bucket))
        }
        (Input::S3(request), _) => Some(format!("arn:aws:s3:::{}/{}", request.bucket, request.key)),
        (Input::Invoke(request), _) => Some(world.function_arn(&request.function)),
        _ => None,
    }
}

fn codedeploy(world: &World, input: &Value) -> String {
    let group = |application: &str, group: &str| {
        world.arn(
            "codedeploy",
            &format!("deploymentgroup:{application}/{group}"),
        )
    };
    if let Some(deployment) = text(input, "deploymentId").and_then(|id| world.deployment(id)) {
        return group(&deployment.application, &deployment.group);
    }
    if let Some(config) = text(input, "deploymentConfigName") {
        return world.arn("codedeploy", &format!("deploymentconfig:{config}"));
    }
    match (
        text(input, "applicationName"),
        text(input, "deploymentGroupName"),
    ) {
        (Some(application), Some(name)) => group(application, name),
        (Some(application), None) => world.arn("codedeploy", &format!("application:{application}")),
        _ => "*".to_owned(),
    }
}

fn ecs(world: &World, operation: &str, input: &Value) -> String {
    let cluster = text(input, "cluster").unwrap_or("default");
    let cluster = cluster.rsplit('/').next().unwrap_or(cluster);
    let within = |kind: &str, name: &str| {
        or_arn(name, || {
            world.arn("ecs", &format!("{kind}/{cluster}/{name}"))
        })
    };
    let first = |list: &str| texts(input, list).first().copied().map(str::to_owned);
    match operation {
        "DescribeServices" => within("service", &first("services").unwrap_or_default()),
        "DescribeTaskSets" => {
            let service = text(input, "service").unwrap_or_default();
            world.arn("ecs", &format!("task-set/{cluster}/{service}/*"))
        }
        "DescribeTasks" => within("task", &first("tasks").unwrap_or_default()),
        "DescribeServiceDeployments" => first("serviceDeploymentArns").unwrap_or_default(),
        "DescribeServiceRevisions" => first("serviceRevisionArns").unwrap_or_default(),
        "ListServiceDeployments" => within("service", text(input, "service").unwrap_or_default()),
        "DescribeTaskDefinition" => "*".to_owned(),
        _ => world.arn("ecs", &format!("cluster/{cluster}")),
    }
}

fn or_arn(name: &str, arn: impl FnOnce() -> String) -> String {
    if name.starts_with("arn:") {
        name.to_owned()
    } else {
        arn()
    }
}
