//! ECS: services, task sets, tasks, task definitions.

use serde_json::{Value, json};
use world::{
    Container, DeploymentController, Millis, Service, Task, TaskSet, TaskSetStatus, TaskStatus,
    World,
};

use super::{ApiError, ecs_native, text, texts};

/// `DescribeServices` takes at most so many at once.
const SERVICES: usize = 10;
/// `DescribeTasks` takes at most so many at once.
const TASKS: usize = 100;

pub(super) fn call(world: &World, operation: &str, input: &Value) -> Result<Value, ApiError> {
    match operation {
        "DescribeClusters" => Ok(describe_clusters(world, input)),
        "DescribeServices" => describe_services(world, input),
        "ListServices" => {
            let cluster = cluster(world, input)?;
            let services = world.services.iter().filter(|s| s.cluster_arn == cluster);
            let arns: Vec<&str> = services.map(|s| s.arn.as_str()).collect();
            Ok(json!({"serviceArns": arns}))
        }
        "DescribeTaskSets" => describe_task_sets(world, input),
        "ListTasks" => list_tasks(world, input),
        "DescribeTasks" => describe_tasks(world, input),
        "DescribeTaskDefinition" => describe_task_definition(world, input),
        "DescribeServiceDeployments" => ecs_native::describe_service_deployments(world, input),
        "DescribeServiceRevisions" => ecs_native::describe_service_revisions(world, input),
        "ListServiceDeployments" => ecs_native::list_service_deployments(world, input),
        _ => Err(ApiError::unknown(operation)),
    }
}

/// The ARN of the cluster that is meant: `default` if none is named.
fn cluster<'a>(world: &'a World, input: &Value) -> Result<&'a str, ApiError> {
    let name = text(input, "cluster").unwrap_or("default");
    let cluster = world.cluster(name).map(|c| c.arn.as_str());
    cluster.ok_or_else(|| ApiError::bad("ClusterNotFoundException", "Cluster not found."))
}

pub(super) fn service<'a>(world: &'a World, input: &Value) -> Result<&'a Service, ApiError> {
    let cluster = cluster(world, input)?;
    let name = text(input, "service")
        .ok_or_else(|| ApiError::bad("InvalidParameterException", "Service cannot be blank"))?;
    (world.service(cluster, name))
        .ok_or_else(|| ApiError::bad("ServiceNotFoundException", "Service not found."))
}

pub(super) fn missing(arn: &str) -> Value {
    json!({"arn": arn, "reason": "MISSING"})
}

/// Finds each of a list: what was found, and the failures.
pub(super) fn each(
    wanted: &[&str],
    find: impl Fn(&str) -> Option<Value>,
) -> (Vec<Value>, Vec<Value>) {
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for name in wanted {
        match find(name) {
            Some(value) => found.push(value),
            None => failures.push(missing(name)),
        }
    }
    (found, failures)
}

fn seconds(at: Option<Millis>) -> Option<f64> {
    at.map(Millis::as_secs_f64)
}

fn describe_clusters(world: &World, input: &Value) -> Value {
    let mut wanted = texts(input, "clusters");
    if wanted.is_empty() {
        wanted.push("default");
    }
    let (clusters, failures) = each(&wanted, |name| {
        let cluster = world.cluster(name)?;
        let tasks = |status| {
            let of = |t: &&Task| t.cluster_arn == cluster.arn && t.last_status == status;
            world.tasks.iter().filter(of).count()
        };
        let services = world
            .services
            .iter()
            .filter(|s| s.cluster_arn == cluster.arn)
            .count();
        Some(json!({
            "clusterArn": cluster.arn,
            "clusterName": cluster.name,
            "status": "ACTIVE",
            "registeredContainerInstancesCount": 0,
            "runningTasksCount": tasks(TaskStatus::Running),
            "pendingTasksCount": tasks(TaskStatus::Pending),
            "activeServicesCount": services,
        }))
    });
    json!({"clusters": clusters, "failures": failures})
}

fn describe_services(world: &World, input: &Value) -> Result<Value, ApiError> {
    let cluster_arn = cluster(world, input)?;
    let wanted = texts(input, "services");
    if wanted.is_empty() {
        return Err(ApiError::bad(
            "InvalidParameterException",
            "Services cannot be empty.",
        ));
    }
    if wanted.len() > SERVICES {
        return Err(ApiError::bad(
            "InvalidParameterException",
            "Services cannot be more than 10.",
        ));
    }
    let cluster_name = world.cluster(cluster_arn).map_or("", |c| c.name.as_str());
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for name in wanted {
        match world.service(cluster_arn, name) {
            Some(service) => found.push(describe_service(world, service)),
            None if name.starts_with("arn:") => failures.push(missing(name)),
            None => {
                let arn = world.arn("ecs", &format!("service/{cluster_name}/{name}"));
                failures.push(missing(&arn));
            }
        }
    }
    Ok(json!({"services": found, "failures": failures}))
}

fn describe_service(world: &World, service: &Service) -> Value {
    let count = |status| {
        let of = |t: &&Task| {
            t.cluster_arn == service.cluster_arn
                && t.service == service.name
                && t.last_status == status
        };
        world.tasks.iter().filter(of).count()
    };
    let primary = service
        .task_sets
        .iter()
        .find(|t| t.status == TaskSetStatus::Primary);
    let current = service
        .current_revision
        .as_deref()
        .and_then(|r| world.service_revision(r));
    let task_definition = primary
        .map(|t| &t.task_definition_arn)
        .or(current.map(|r| &r.task_definition_arn));
    let events = service.events.iter().rev().take(100).map(|event| {
        json!({"id": event.id, "createdAt": event.created_at.as_secs_f64(), "message": event.message})
    });
    let mut value = json!({
        "serviceArn": service.arn,
        "serviceName": service.name,
        "clusterArn": service.cluster_arn,
        "loadBalancers": service.load_balancers.iter().map(ecs_native::load_balancer).collect::<Vec<_>>(),
        "serviceRegistries": [],
        "status": "ACTIVE",
        "desiredCount": service.desired_count,
        "runningCount": count(TaskStatus::Running),
        "pendingCount": count(TaskStatus::Pending),
        "launchType": "FARGATE",
        "platformVersion": "LATEST",
        "platformFamily": "Linux",
        "taskDefinition": task_definition,
        "taskSets": service.task_sets.iter().map(|t| task_set(service, t)).collect::<Vec<_>>(),
        "deployments": [],
        "events": events.collect::<Vec<_>>(),
        "createdAt": service.created_at.as_secs_f64(),
        "schedulingStrategy": "REPLICA",
        "deploymentController": {"type": service.controller},
        "enableECSManagedTags": false,
        "propagateTags": "NONE",
        "enableExecuteCommand": false,
    });
    if service.controller == DeploymentController::Ecs {
        ecs_native::add_to_service(world, service, &mut value);
    }
    value
}

fn task_set(service: &Service, set: &TaskSet) -> Value {
    json!({
        "id": set.id,
        "taskSetArn": set.arn,
        "serviceArn": service.arn,
        "clusterArn": service.cluster_arn,
        "startedBy": set.started_by,
        "externalId": set.external_id,
        "status": set.status,
        "taskDefinition": set.task_definition_arn,
        "computedDesiredCount": set.computed_desired_count,
        "pendingCount": set.pending_count,
        "runningCount": set.running_count,
        "createdAt": set.created_at.as_secs_f64(),
        "updatedAt": set.updated_at.as_secs_f64(),
        "launchType": "FARGATE",
        "platformVersion": set.platform_version,
        "platformFamily": "Linux",
        "loadBalancers": [{
            "targetGroupArn": set.target_group_arn,
            "containerName": set.container_name,
            "containerPort": set.container_port,
        }],
        "serviceRegistries": [],
        "scale": {"value": set.scale, "unit": "PERCENT"},
        "stabilityStatus": set.stability,
        "stabilityStatusAt": set.stability_at.as_secs_f64(),
        "tags": [],
    })
}

fn describe_task_sets(world: &World, input: &Value) -> Result<Value, ApiError> {
    let service = service(world, input)?;
    let wanted = texts(input, "taskSets");
    let (found, failures) = if wanted.is_empty() {
        (
            service
                .task_sets
                .iter()
                .map(|t| task_set(service, t))
                .collect(),
            Vec::new(),
        )
    } else {
        each(&wanted, |name| {
            let set = service
                .task_sets
                .iter()
                .find(|t| t.id == name || t.arn == name)?;
            Some(task_set(service, set))
        })
    };
    Ok(json!({"taskSets": found, "failures": failures}))
}

fn list_tasks(world: &World, input: &Value) -> Result<Value, ApiError> {
    let cluster = cluster(world, input)?;
    let [started_by, service, family, desired] =
        ["startedBy", "serviceName", "family", "desiredStatus"].map(|name| text(input, name));
    let invalid = |message: &str| Err(ApiError::bad("InvalidParameterException", message));
    if started_by.is_some() && (service.is_some() || family.is_some()) {
        return invalid("startedBy must be the only filter.");
    }
    let desired = desired.unwrap_or("RUNNING");
    if !["RUNNING", "STOPPED", "PENDING"].contains(&desired) {
        return invalid("Invalid desired status.");
    }
    if let Some(name) = service
        && world.service(cluster, name).is_none()
    {
        return Err(ApiError::bad(
            "ServiceNotFoundException",
            "Service not found.",
        ));
    }
    let fits = |task: &&Task| {
        task.cluster_arn == cluster
            && task.desired_status.as_str() == desired
            && started_by.is_none_or(|id| task.started_by == id)
            && service.is_none_or(|name| {
                world
                    .service(cluster, name)
                    .is_some_and(|s| s.name == task.service)
            })
            && family.is_none_or(|family| {
                world
                    .task_definition(&task.task_definition_arn)
                    .is_some_and(|d| d.family == family)
            })
    };
    let arns: Vec<&str> = world
        .tasks
        .iter()
        .filter(fits)
        .map(|t| t.arn.as_str())
        .collect();
    Ok(json!({"taskArns": arns}))
}

fn describe_tasks(world: &World, input: &Value) -> Result<Value, ApiError> {
    let cluster = cluster(world, input)?;
    let wanted = texts(input, "tasks");
    if wanted.is_empty() {
        return Err(ApiError::bad(
            "InvalidParameterException",
            "Tasks cannot be empty.",
        ));
    }
    if wanted.len() > TASKS {
        return Err(ApiError::bad(
            "InvalidParameterException",
            "Tasks cannot be more than 100.",
        ));
    }
    let (found, failures) = each(&wanted, |name| {
        world
            .task(name)
            .filter(|t| t.cluster_arn == cluster)
            .map(|t| describe_task(world, t))
    });
    Ok(json!({"tasks": found, "failures": failures}))
}

fn describe_task(world: &World, task: &Task) -> Value {
    let containers = task.containers.iter().map(|c| container(world, task, c));
    let details = |address: &String| {
        json!([
            {"name": "networkInterfaceId", "value": format!("eni-{}", short(&task.id))},
            {"name": "privateIPv4Address", "value": address},
        ])
    };
    let interface = json!({
        "id": attachment_id(task),
        "type": "ElasticNetworkInterface",
        "status": if task.address.is_some() { "ATTACHED" } else { "PRECREATED" },
        "details": task.address.as_ref().map_or_else(|| json!([]), details),
    });
    json!({
        "attachments": [interface],
        "availabilityZone": format!("{}a", world.region),
        "clusterArn": task.cluster_arn,
        "connectivity": task.started_at.map(|_| "CONNECTED"),
        "connectivityAt": seconds(task.started_at),
        "containers": containers.collect::<Vec<_>>(),
        "createdAt": task.created_at.as_secs_f64(),
        "desiredStatus": task.desired_status,
        "enableExecuteCommand": false,
        "group": format!("service:{}", task.service),
        "healthStatus": task.health_status,
        "lastStatus": task.last_status,
        "launchType": "FARGATE",
        "overrides": {"containerOverrides": []},
        "platformVersion": "1.4.0",
        "platformFamily": "Linux",
        "startedAt": seconds(task.started_at),
        "startedBy": task.started_by,
        "stopCode": task.stop_code,
        "stoppingAt": seconds(task.stopping_at),
        "stoppedAt": seconds(task.stopped_at),
        "stoppedReason": task.stopped_reason,
        "tags": [],
        "taskArn": task.arn,
        "taskDefinitionArn": task.task_definition_arn,
        "version": 1,
    })
}

/// On Fargate a container's port is the port of the task's address. On this
/// machine all tasks share an address, so where they differ the real port is
/// given as a network binding, as it is on EC2.
fn container(world: &World, task: &Task, container: &Container) -> Value {
    let definition = world.task_definition(&task.task_definition_arn);
    let mapped = definition.is_some_and(|d| {
        d.containers
            .iter()
            .filter(|c| c.name == container.name)
            .any(|c| {
                c.port_mappings
                    .iter()
                    .any(|m| m.container_port == task.container_port)
            })
    });
    let bindings = match (&task.address, task.host_port) {
        (Some(address), Some(port)) if mapped && port != task.container_port => json!([{
            "bindIP": address,
            "containerPort": task.container_port,
            "hostPort": port,
            "protocol": "tcp",
        }]),
        _ => json!([]),
    };
    let interface = |address: &String| json!([{"attachmentId": attachment_id(task), "privateIpv4Address": address}]);
    json!({
        "containerArn": task.arn.replacen(":task/", ":container/", 1) + "/" + &container.name,
        "taskArn": task.arn,
        "name": container.name,
        "image": container.image,
        "runtimeId": format!("{}-{}", task.id, container.name),
        "lastStatus": container.last_status,
        "exitCode": container.exit_code,
        "reason": container.reason,
        "networkBindings": bindings,
        "networkInterfaces": task.address.as_ref().map_or_else(|| json!([]), interface),
        "healthStatus": container.health_status,
    })
}

fn attachment_id(task: &Task) -> String {
    format!("{}-eni", short(&task.id))
}

fn short(id: &str) -> &str {
    id.get(..17).unwrap_or(id)
}

fn describe_task_definition(world: &World, input: &Value) -> Result<Value, ApiError> {
    let name = text(input, "taskDefinition")
        .ok_or_else(|| ApiError::bad("ClientException", "Task definition cannot be blank."))?;
    let definition = world
        .task_definition(name)
        .ok_or_else(|| ApiError::bad("ClientException", "Unable to describe task definition."))?;
    let mut value = definition.raw.clone();
    if !value.is_object() {
        value = json!({});
    }
    value["taskDefinitionArn"] = json!(definition.arn);
    value["family"] = json!(definition.family);
    value["revision"] = json!(definition.revision);
    value["status"] = json!(definition.status);
    value["networkMode"] = json!(definition.network_mode);
    value["registeredAt"] = json!(definition.registered_at.as_secs_f64());
    if let Some(members) = value.as_object_mut() {
        // A file may hold them as text, and they aren't so here.
        members.remove("deregisteredAt");
        let tags = members.remove("tags");
        if texts(input, "include").contains(&"TAGS") {
            return Ok(json!({"taskDefinition": value, "tags": tags.unwrap_or_else(|| json!([]))}));
        }
    }
    Ok(json!({"taskDefinition": value}))
}
