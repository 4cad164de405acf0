//! ECS's own blue/green: service deployments and service revisions.

use serde_json::{Value, json};
use world::{
    Millis, NativeConfig, NativeHook, NativeHookExecution, Service, ServiceDeployment,
    ServiceLoadBalancer, ServiceRevision, Strategy, World,
};

use super::{ApiError, ecs, texts};

/// `DescribeServiceDeployments` and `DescribeServiceRevisions` take at most so
/// many at once.
const ARNS: usize = 20;

pub(super) fn describe_service_deployments(
    world: &World,
    input: &Value,
) -> Result<Value, ApiError> {
    let wanted = arns(input, "serviceDeploymentArns")?;
    let (found, failures) = ecs::each(&wanted, |arn| {
        world.service_deployment(arn).map(|d| deployment(world, d))
    });
    Ok(json!({"serviceDeployments": found, "failures": failures}))
}

pub(super) fn describe_service_revisions(world: &World, input: &Value) -> Result<Value, ApiError> {
    let wanted = arns(input, "serviceRevisionArns")?;
    let (found, failures) = ecs::each(&wanted, |arn| {
        world.service_revision(arn).map(|r| revision(world, r))
    });
    Ok(json!({"serviceRevisions": found, "failures": failures}))
}

pub(super) fn list_service_deployments(world: &World, input: &Value) -> Result<Value, ApiError> {
    let service = ecs::service(world, input)?;
    let statuses = texts(input, "status");
    let fits = |d: &&ServiceDeployment| {
        d.service_arn == service.arn
            && (statuses.is_empty() || statuses.contains(&d.status.as_str()))
    };
    let brief = |d: &ServiceDeployment| {
        json!({
            "serviceDeploymentArn": d.arn,
            "serviceArn": d.service_arn,
            "clusterArn": d.cluster_arn,
            "createdAt": d.created_at.as_secs_f64(),
            "startedAt": seconds(d.started_at),
            "finishedAt": seconds(d.finished_at),
            "targetServiceRevisionArn": d.target_revision,
            "status": d.status,
            "statusReason": d.status_reason,
        })
    };
    // The newest first.
    let all: Vec<Value> = world
        .service_deployments
        .iter()
        .rev()
        .filter(fits)
        .map(brief)
        .collect();
    Ok(json!({"serviceDeployments": all}))
}

/// What a service shows when ECS deploys it.
pub(super) fn add_to_service(world: &World, service: &Service, value: &mut Value) {
    let running = world.running_service_deployment(service);
    let current = service.current_revision.as_deref();
    let mut revisions: Vec<&ServiceRevision> = Vec::new();
    let target = running.map(|d| d.target_revision.as_str());
    for arn in current.into_iter().chain(target) {
        if let Some(revision) = world.service_revision(arn)
            && !revisions.iter().any(|r| r.arn == revision.arn)
        {
            revisions.push(revision);
        }
    }
    let entry = |r: &&ServiceRevision| {
        let primary = running.map_or(current == Some(&r.arn), |d| d.target_revision == r.arn);
        json!({
            "id": r.started_by,
            "status": if primary { "PRIMARY" } else { "ACTIVE" },
            "taskDefinition": r.task_definition_arn,
            "desiredCount": r.desired_count,
            "pendingCount": r.pending_count,
            "runningCount": r.running_count,
            "failedTasks": 0,
            "createdAt": r.created_at.as_secs_f64(),
            "updatedAt": r.created_at.as_secs_f64(),
            "launchType": "FARGATE",
            "platformVersion": "1.4.0",
            "platformFamily": "Linux",
            "rolloutState": if primary && running.is_some() { "IN_PROGRESS" } else { "COMPLETED" },
        })
    };
    value["deployments"] = revisions.iter().map(entry).collect();
    value["currentServiceRevisions"] = revisions.iter().map(|r| counts(r)).collect();
    value["currentServiceDeployment"] = json!(running.map(|d| &d.arn));
    value["deploymentConfiguration"] = json!(service.native.as_ref().map(config));
}

pub(super) fn load_balancer(attached: &ServiceLoadBalancer) -> Value {
    let advanced = attached.advanced.as_ref().map(|a| {
        json!({
            "alternateTargetGroupArn": a.alternate_target_group_arn,
            "productionListenerRule": a.production_listener_rule,
            "testListenerRule": a.test_listener_rule,
            "roleArn": a.role_arn,
        })
    });
    json!({
        "targetGroupArn": attached.target_group_arn,
        "containerName": attached.container_name,
        "containerPort": attached.container_port,
        "advancedConfiguration": advanced,
    })
}

fn arns<'a>(input: &'a Value, name: &str) -> Result<Vec<&'a str>, ApiError> {
    let wanted = texts(input, name);
    if (1..=ARNS).contains(&wanted.len()) {
        return Ok(wanted);
    }
    let message = format!("{name} must have between 1 and {ARNS} items.");
    Err(ApiError::bad("InvalidParameterException", message))
}

fn seconds(at: Option<Millis>) -> Option<f64> {
    at.map(Millis::as_secs_f64)
}

fn counts(revision: &ServiceRevision) -> Value {
    json!({
        "arn": revision.arn,
        "requestedTaskCount": revision.desired_count,
        "runningTaskCount": revision.running_count,
        "pendingTaskCount": revision.pending_count,
    })
}

fn deployment(world: &World, d: &ServiceDeployment) -> Value {
    let side = |arn: &str| {
        let mut value = world
            .service_revision(arn)
            .map_or_else(|| json!({"arn": arn}), counts);
        let weight = |weights: &std::collections::BTreeMap<String, f64>| weights.get(arn).copied();
        value["requestedTestTrafficWeight"] = json!(weight(&d.test_weights));
        value["requestedProductionTrafficWeight"] = json!(weight(&d.production_weights));
        value
    };
    let rollback = d.rollback.as_ref().map(|r| {
        json!({
            "reason": r.reason,
            "startedAt": r.started_at.as_secs_f64(),
            "serviceRevisionArn": r.service_revision_arn,
        })
    });
    json!({
        "serviceDeploymentArn": d.arn,
        "serviceArn": d.service_arn,
        "clusterArn": d.cluster_arn,
        "createdAt": d.created_at.as_secs_f64(),
        "startedAt": seconds(d.started_at),
        "finishedAt": seconds(d.finished_at),
        "updatedAt": d.updated_at.as_secs_f64(),
        "sourceServiceRevisions": [side(&d.source_revision)],
        "targetServiceRevision": side(&d.target_revision),
        "status": d.status,
        "statusReason": d.status_reason,
        "lifecycleStage": d.stage,
        "lifecycleHookDetails": d.hooks.iter().map(hook_details).collect::<Vec<_>>(),
        "deploymentConfiguration": config(&d.config),
        "rollback": rollback,
    })
}

fn hook_details(hook: &NativeHookExecution) -> Value {
    json!({
        "hookId": hook.id,
        "targetType": "AWS_LAMBDA",
        "targetArn": hook.function,
        "status": hook.status,
        "expiresAt": hook.deadline.as_secs_f64(),
        "timeoutAction": "ROLLBACK",
    })
}

fn revision(world: &World, r: &ServiceRevision) -> Value {
    let definition = world.task_definition(&r.task_definition_arn);
    let images = definition
        .map_or(&[][..], |d| &d.containers)
        .iter()
        .map(|c| json!({"containerName": c.name, "image": c.image}));
    let attached = world.services.iter().find(|s| s.arn == r.service_arn);
    let attached = attached
        .map_or(&[][..], |s| &s.load_balancers)
        .iter()
        .map(load_balancer);
    json!({
        "serviceRevisionArn": r.arn,
        "serviceArn": r.service_arn,
        "clusterArn": r.cluster_arn,
        "taskDefinition": r.task_definition_arn,
        "launchType": "FARGATE",
        "platformVersion": "1.4.0",
        "platformFamily": "Linux",
        "loadBalancers": attached.collect::<Vec<_>>(),
        "containerImages": images.collect::<Vec<_>>(),
        "guardDutyEnabled": false,
        "createdAt": r.created_at.as_secs_f64(),
        "resolvedConfiguration": {"loadBalancers": [{
            "targetGroupArn": r.target_group_arn,
            "productionListenerRule": r.production_listener_rule,
        }]},
    })
}

fn config(config: &NativeConfig) -> Value {
    let mut value = json!({
        "strategy": config.strategy.as_str(),
        "maximumPercent": 200,
        "minimumHealthyPercent": 100,
        "bakeTimeInMinutes": config.bake_minutes,
        "lifecycleHooks": config.hooks.iter().map(hook).collect::<Vec<_>>(),
    });
    match config.strategy {
        Strategy::BlueGreen => {}
        Strategy::Linear {
            step_percent,
            step_bake_minutes,
        } => {
            value["linearConfiguration"] =
                json!({"stepPercent": step_percent, "stepBakeTimeInMinutes": step_bake_minutes});
        }
        Strategy::Canary {
            percent,
            bake_minutes,
        } => {
            value["canaryConfiguration"] =
                json!({"canaryPercent": percent, "canaryBakeTimeInMinutes": bake_minutes});
        }
    }
    value
}

fn hook(hook: &NativeHook) -> Value {
    json!({
        "targetType": "AWS_LAMBDA",
        "hookTargetArn": hook.function,
        "roleArn": hook.role_arn,
        "lifecycleStages": hook.stages,
        "hookDetails": hook.details,
        "timeoutConfiguration": {"timeoutInMinutes": hook.timeout_minutes, "action": "ROLLBACK"},
    })
}
