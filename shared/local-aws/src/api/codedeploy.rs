//! CodeDeploy.

use serde_json::{Value, json};
use world::{
    Creator, Deployment, DeploymentGroup, DeploymentStatus, LifecycleEvent, Millis,
    PREDEFINED_CONFIGS, TrafficRouting, World,
};

use super::{ApiError, text, texts};
use crate::hub::Hub;

/// `BatchGetDeploymentTargets` takes at most so many at once.
const TARGETS: usize = 25;

pub(super) fn call(hub: &Hub, operation: &str, input: &Value) -> Result<Value, ApiError> {
    let id = text(input, "deploymentId").unwrap_or_default();
    match operation {
        "PutLifecycleEventHookExecutionStatus" => {
            let execution = text(input, "lifecycleEventHookExecutionId").unwrap_or_default();
            let status = text(input, "status").unwrap_or_default();
            let execution =
                hub.change(|world, now| world.put_hook_status(id, execution, status, now))?;
            Ok(json!({"lifecycleEventHookExecutionId": execution}))
        }
        "StopDeployment" => {
            let roll_back = input["autoRollbackEnabled"].as_bool().unwrap_or(false);
            hub.change(|world, now| world.stop_deployment(id, roll_back, now))?;
            Ok(
                json!({"status": "Succeeded", "statusMessage": "No more commands will be scheduled for execution in the deployment instances"}),
            )
        }
        "ContinueDeployment" => {
            hub.change(|world, now| world.continue_deployment(id, now))?;
            Ok(json!({}))
        }
        _ => hub.read(|world| look(world, operation, input)),
    }
}

fn look(world: &World, operation: &str, input: &Value) -> Result<Value, ApiError> {
    match operation {
        "GetDeployment" => {
            let deployment = deployment(world, input)?;
            Ok(json!({"deploymentInfo": deployment_info(world, deployment)}))
        }
        "GetDeploymentGroup" => {
            let group = group(world, input)?;
            Ok(json!({"deploymentGroupInfo": group_info(world, group)}))
        }
        "GetDeploymentConfig" => config(world, input),
        "GetApplication" => {
            let name = application(world, input)?;
            let found = world.applications.iter().find(|a| a.name == name);
            Ok(json!({"application": {
                "applicationName": name,
                "applicationId": found.map(|a| &a.id),
                "createTime": found.map(|a| a.created_at.as_secs_f64()),
                "linkedToGitHub": false,
                "computePlatform": "ECS",
            }}))
        }
        "ListApplications" => {
            let names: Vec<&str> = world.applications.iter().map(|a| a.name.as_str()).collect();
            Ok(json!({"applications": names}))
        }
        "ListDeploymentGroups" => {
            let application = application(world, input)?;
            let groups = world
                .deployment_groups
                .iter()
                .filter(|g| g.application == application);
            let names: Vec<&str> = groups.map(|g| g.name.as_str()).collect();
            Ok(json!({"applicationName": application, "deploymentGroups": names}))
        }
        "ListDeployments" => list_deployments(world, input),
        "ListDeploymentTargets" => {
            let deployment = started(deployment(world, input)?)?;
            Ok(json!({"targetIds": [target_id(world, deployment)]}))
        }
        "GetDeploymentTarget" => {
            let deployment = started(deployment(world, input)?)?;
            let Some(wanted) = text(input, "targetId") else {
                return Err(ApiError::bad(
                    "DeploymentTargetIdRequiredException",
                    "A deployment target ID was not provided",
                ));
            };
            Ok(json!({"deploymentTarget": target(world, deployment, wanted)?}))
        }
        "BatchGetDeploymentTargets" => {
            let deployment = started(deployment(world, input)?)?;
            let wanted = texts(input, "targetIds");
            if wanted.is_empty() {
                return Err(ApiError::bad(
                    "DeploymentTargetIdRequiredException",
                    "A deployment target ID was not provided",
                ));
            }
            if wanted.len() > TARGETS {
                return Err(ApiError::bad(
                    "DeploymentTargetListSizeExceededException",
                    "The maximum number of targets that can be listed is 25",
                ));
            }
            let targets: Result<Vec<Value>, ApiError> = wanted
                .into_iter()
                .map(|wanted| target(world, deployment, wanted))
                .collect();
            Ok(json!({"deploymentTargets": targets?}))
        }
        _ => Err(ApiError::unknown(operation)),
    }
}

fn deployment<'a>(world: &'a World, input: &Value) -> Result<&'a Deployment, ApiError> {
    let Some(id) = text(input, "deploymentId") else {
        return Err(ApiError::bad(
            "DeploymentIdRequiredException",
            "The deployment ID must be specified",
        ));
    };
    let well_formed = id
        .strip_prefix("d-")
        .is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_alphanumeric()));
    if !well_formed {
        return Err(ApiError::bad(
            "InvalidDeploymentIdException",
            format!("The deployment ID {id} is invalid"),
        ));
    }
    world.deployment(id).ok_or_else(|| {
        ApiError::bad(
            "DeploymentDoesNotExistException",
            format!("The deployment {id} could not be found"),
        )
    })
}

fn started(deployment: &Deployment) -> Result<&Deployment, ApiError> {
    if deployment.started_at.is_none() {
        let message = format!("The deployment {} has not started", deployment.id);
        return Err(ApiError::bad("DeploymentNotStartedException", message));
    }
    Ok(deployment)
}

fn application<'a>(world: &World, input: &'a Value) -> Result<&'a str, ApiError> {
    let Some(name) = text(input, "applicationName") else {
        return Err(ApiError::bad(
            "ApplicationNameRequiredException",
            "The application name must be specified",
        ));
    };
    if !world.applications.iter().any(|a| a.name == name) {
        return Err(ApiError::bad(
            "ApplicationDoesNotExistException",
            format!("No application found for name: {name}"),
        ));
    }
    Ok(name)
}

fn group<'a>(world: &'a World, input: &Value) -> Result<&'a DeploymentGroup, ApiError> {
    let application = application(world, input)?;
    let Some(name) = text(input, "deploymentGroupName") else {
        return Err(ApiError::bad(
            "DeploymentGroupNameRequiredException",
            "The deployment group name must be specified",
        ));
    };
    world.deployment_group(application, name).ok_or_else(|| {
        ApiError::bad(
            "DeploymentGroupDoesNotExistException",
            format!("No Deployment Group found for name: {name}"),
        )
    })
}

fn seconds(at: Option<Millis>) -> Option<f64> {
    at.map(Millis::as_secs_f64)
}

fn deployment_info(world: &World, deployment: &Deployment) -> Value {
    let Deployment { status, .. } = deployment;
    let group = world.deployment_group(&deployment.application, &deployment.group);
    let count = |counted: bool| u8::from(counted);
    let pending = matches!(status, DeploymentStatus::Created | DeploymentStatus::Queued);
    let failed = matches!(status, DeploymentStatus::Failed | DeploymentStatus::Stopped);
    let mut info = json!({
        "applicationName": deployment.application,
        "deploymentGroupName": deployment.group,
        "deploymentConfigName": deployment.config,
        "deploymentId": deployment.id,
        "revision": {
            "revisionType": "AppSpecContent",
            "appSpecContent": {"content": deployment.appspec},
        },
        "status": status,
        "errorInformation": deployment.error,
        "createTime": deployment.created_at.as_secs_f64(),
        "startTime": seconds(deployment.started_at),
        "completeTime": seconds(deployment.completed_at),
        "deploymentOverview": {
            "Pending": count(pending),
            "InProgress": count(!pending && !status.is_over()),
            "Succeeded": count(*status == DeploymentStatus::Succeeded),
            "Failed": count(failed),
            "Skipped": 0,
            "Ready": 0,
        },
        "description": deployment.description,
        "creator": deployment.creator,
        "ignoreApplicationStopFailures": false,
        "updateOutdatedInstancesOnly": false,
        "instanceTerminationWaitTimeStarted": deployment.terminate_at.is_some(),
        "fileExistsBehavior": "DISALLOW",
        "deploymentStatusMessages": [],
        "computePlatform": "ECS",
    });
    if let Some(rollback) = &deployment.rollback {
        info["rollbackInfo"] = json!({
            "rollbackDeploymentId": rollback.rollback_deployment_id,
            "rollbackTriggeringDeploymentId": rollback.rollback_triggering_deployment_id,
            "rollbackMessage": rollback.rollback_message,
        });
    }
    add_style(&mut info, group);
    info
}

fn group_info(world: &World, group: &DeploymentGroup) -> Value {
    let last = |wanted: &dyn Fn(&Deployment) -> bool| {
        let mut all = world.deployments.iter().rev();
        all.find(|d| d.application == group.application && d.group == group.name && wanted(d))
            .map(|d| {
                json!({
                    "deploymentId": d.id,
                    "status": d.status,
                    "createTime": d.created_at.as_secs_f64(),
                    "endTime": seconds(d.completed_at),
                })
            })
    };
    let mut info = json!({
        "applicationName": group.application,
        "deploymentGroupId": group.id,
        "deploymentGroupName": group.name,
        "deploymentConfigName": group.config,
        "serviceRoleArn": group.service_role_arn,
        "triggerConfigurations": [],
        "alarmConfiguration": {"enabled": false, "ignorePollAlarmFailure": false, "alarms": []},
        "outdatedInstancesStrategy": "UPDATE",
        "computePlatform": "ECS",
        "ecsServices": [{"serviceName": group.service, "clusterName": group.cluster}],
        "lastSuccessfulDeployment": last(&|d| d.status == DeploymentStatus::Succeeded),
        "lastAttemptedDeployment": last(&|_| true),
        "terminationHookEnabled": false,
    });
    add_style(&mut info, Some(group));
    info
}

/// What a deployment shows of its group, and the group itself shows too.
fn add_style(info: &mut Value, group: Option<&DeploymentGroup>) {
    info["deploymentStyle"] =
        json!({"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"});
    let Some(group) = group else {
        return;
    };
    let names = group.target_groups.iter().map(|name| json!({"name": name}));
    let route = |arn: &String| json!({"listenerArns": [arn]});
    info["loadBalancerInfo"] = json!({"targetGroupPairInfoList": [{
        "targetGroups": names.collect::<Vec<_>>(),
        "prodTrafficRoute": route(&group.production_listener),
        "testTrafficRoute": group.test_listener.as_ref().map(route),
    }]});
    info["autoRollbackConfiguration"] = json!({
        "enabled": group.rollback_on_failure,
        "events": if group.rollback_on_failure { &["DEPLOYMENT_FAILURE"][..] } else { &[] },
    });
    info["blueGreenDeploymentConfiguration"] = json!({
        "terminateBlueInstancesOnDeploymentSuccess": {
            "action": "TERMINATE",
            "terminationWaitTimeInMinutes": group.termination_wait_minutes,
        },
        "deploymentReadyOption": {"actionOnTimeout": "CONTINUE_DEPLOYMENT", "waitTimeInMinutes": 0},
    });
}

fn config(world: &World, input: &Value) -> Result<Value, ApiError> {
    let Some(name) = text(input, "deploymentConfigName") else {
        return Err(ApiError::bad(
            "DeploymentConfigNameRequiredException",
            "The deployment configuration name must be specified",
        ));
    };
    let routing = world.deployment_config(name).ok_or_else(|| {
        ApiError::bad(
            "DeploymentConfigDoesNotExistException",
            format!("No deployment configuration found for name: {name}"),
        )
    })?;
    let routing = match routing {
        TrafficRouting::AllAtOnce => json!({"type": "AllAtOnce"}),
        TrafficRouting::Canary { percent, minutes } => json!({
            "type": "TimeBasedCanary",
            "timeBasedCanary": {"canaryPercentage": percent, "canaryInterval": minutes},
        }),
        TrafficRouting::Linear { percent, minutes } => json!({
            "type": "TimeBasedLinear",
            "timeBasedLinear": {"linearPercentage": percent, "linearInterval": minutes},
        }),
    };
    let place = PREDEFINED_CONFIGS
        .iter()
        .position(|(other, _)| *other == name);
    Ok(json!({"deploymentConfigInfo": {
        "deploymentConfigId": format!("00000000-0000-0000-0000-{:012}", place.unwrap_or(99)),
        "deploymentConfigName": name,
        "computePlatform": "ECS",
        "trafficRoutingConfig": routing,
    }}))
}

fn list_deployments(world: &World, input: &Value) -> Result<Value, ApiError> {
    let wanted = match (
        text(input, "applicationName"),
        text(input, "deploymentGroupName"),
    ) {
        (None, None) => None,
        (None, Some(_)) => Some((application(world, input)?, "")),
        (Some(_), None) => {
            return Err(ApiError::bad(
                "DeploymentGroupNameRequiredException",
                "The deployment group name must be specified",
            ));
        }
        (Some(application), Some(name)) => {
            group(world, input)?;
            Some((application, name))
        }
    };
    let statuses = texts(input, "includeOnlyStatuses");
    if let Some(odd) = statuses
        .iter()
        .find(|status| DeploymentStatus::parse(status).is_none())
    {
        let message = format!("The deployment status {odd} is invalid");
        return Err(ApiError::bad("InvalidDeploymentStatusException", message));
    }
    let fits = |d: &&Deployment| {
        wanted.is_none_or(|(application, name)| d.application == application && d.group == name)
            && (statuses.is_empty() || statuses.contains(&d.status.as_str()))
    };
    // The newest first.
    let ids: Vec<&str> = world
        .deployments
        .iter()
        .rev()
        .filter(fits)
        .map(|d| d.id.as_str())
        .collect();
    Ok(json!({"deployments": ids}))
}

/// The one target of a deployment on ECS: its service.
fn target_id(world: &World, deployment: &Deployment) -> String {
    let group = world.deployment_group(&deployment.application, &deployment.group);
    group.map_or_else(String::new, |g| format!("{}:{}", g.cluster, g.service))
}

fn target(world: &World, deployment: &Deployment, wanted: &str) -> Result<Value, ApiError> {
    let id = target_id(world, deployment);
    if wanted != id {
        let message = format!("The deployment target {wanted} could not be found");
        return Err(ApiError::bad(
            "DeploymentTargetDoesNotExistException",
            message,
        ));
    }
    let status = match deployment.status {
        DeploymentStatus::Created | DeploymentStatus::Queued => "Pending",
        DeploymentStatus::InProgress | DeploymentStatus::Baking => "InProgress",
        DeploymentStatus::Ready => "Ready",
        DeploymentStatus::Succeeded => "Succeeded",
        DeploymentStatus::Failed | DeploymentStatus::Stopped => "Failed",
    };
    let times = deployment
        .lifecycle
        .iter()
        .flat_map(|e| [e.started_at, e.ended_at]);
    let updated = times
        .chain([deployment.completed_at, deployment.started_at])
        .flatten()
        .max();
    let sets = deployment.task_sets.iter().map(|set| {
        json!({
            "identifer": set.id,
            "desiredCount": set.desired_count,
            "pendingCount": set.pending_count,
            "runningCount": set.running_count,
            "status": set.status,
            "trafficWeight": set.traffic_weight,
            "targetGroup": {"name": set.target_group},
            "taskSetLabel": set.label,
        })
    });
    // A rollback moves back what is there: it runs no hooks.
    let events = deployment
        .lifecycle
        .iter()
        .filter(|event| deployment.creator == Creator::User || event.started_at.is_some());
    Ok(json!({
        "deploymentTargetType": "ECSTarget",
        "ecsTarget": {
            "deploymentId": deployment.id,
            "targetId": id,
            "targetArn": world.arn("ecs", &format!("service/{}", id.replace(':', "/"))),
            "lastUpdatedAt": seconds(updated),
            "lifecycleEvents": events.map(lifecycle_event).collect::<Vec<_>>(),
            "status": status,
            "taskSetsInfo": sets.collect::<Vec<_>>(),
        },
    }))
}

fn lifecycle_event(event: &LifecycleEvent) -> Value {
    let diagnostics = event.diagnostics.as_ref().map(|d| {
        json!({
            "errorCode": d.error_code,
            "scriptName": d.script_name,
            "message": d.message,
            "logTail": d.log_tail,
        })
    });
    json!({
        "lifecycleEventName": event.name,
        "status": event.status,
        "startTime": seconds(event.started_at),
        "endTime": seconds(event.ended_at),
        "diagnostics": diagnostics,
    })
}
