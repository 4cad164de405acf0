//! What ECS puts on the default bus about tasks: that they run, and that they
//! stopped.
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html>

use serde_json::{Value, json};

use crate::{Container, Millis, Task, World, dates::iso8601};

impl World {
    /// `ECS Task State Change`.
    pub(crate) fn announce_task(&mut self, task: &str, at: Millis) {
        let Some(task) = self.task(task) else {
            return;
        };
        let mut detail = json!({
            "clusterArn": task.cluster_arn,
            "containers": task.containers.iter().map(|c| container(task, c)).collect::<Vec<_>>(),
            "createdAt": iso8601(task.created_at),
            "launchType": "FARGATE",
            "desiredStatus": task.desired_status,
            "lastStatus": task.last_status,
            "group": format!("service:{}", task.service),
            "startedBy": task.started_by,
            "taskArn": task.arn,
            "taskDefinitionArn": task.task_definition_arn,
            "updatedAt": iso8601(at),
            // It was provisioned and pending before.
            "version": if task.stopped_at.is_some() { 4 } else { 3 },
        });
        let texts = [
            ("startedAt", task.started_at.map(iso8601)),
            ("stoppingAt", task.stopping_at.map(iso8601)),
            ("stoppedAt", task.stopped_at.map(iso8601)),
            (
                "stopCode",
                task.stop_code.map(|code| code.as_str().to_owned()),
            ),
            ("stoppedReason", task.stopped_reason.clone()),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                detail[name] = text.into();
            }
        }
        let resources = vec![task.arn.clone()];
        self.put_own("aws.ecs", "ECS Task State Change", (resources, detail), at);
    }
}

fn container(task: &Task, container: &Container) -> Value {
    let mut json = json!({
        "name": container.name,
        "image": container.image,
        "lastStatus": container.last_status,
        "taskArn": task.arn,
    });
    if let Some(code) = container.exit_code {
        json["exitCode"] = code.into();
    }
    if let Some(reason) = &container.reason {
        json["reason"] = reason.as_str().into();
    }
    json
}
