//! Tasks, task definitions, objects, secrets.

use std::time::Duration;

use greenlight_world::{
    Effect, ExampleOptions, Millis, PutEvent, StabilityStatus, StopCode, TargetReport, TargetState,
    TaskDefinitionStatus, TaskStatus, World,
};
use serde_json::json;

use crate::rehearsal::Rehearsal;

#[test]
fn a_task_that_dies_is_replaced_after_the_delay() {
    let mut r = Rehearsal::new(ExampleOptions::default());
    let task = r.world.tasks[0].clone();
    assert!(
        r.world
            .task_stopped(&task.arn, Some(137), "OutOfMemoryError", r.now)
    );
    assert!(
        !r.world.task_stopped(&task.arn, Some(0), "", r.now),
        "it stops once"
    );
    assert!(r.world.advance(r.now).is_empty());
    let due = r.now + r.world.restart_delay;
    assert_eq!(r.world.next_due(), Some(due));
    let stopped = r.world.task(&task.id).unwrap();
    assert_eq!(stopped.stop_code, Some(StopCode::EssentialContainerExited));
    assert_eq!(stopped.containers[0].exit_code, Some(137));
    assert_eq!(
        stopped.containers[0].reason.as_deref(),
        Some("OutOfMemoryError")
    );
    assert_eq!(r.world.target_group("shop-blue").unwrap().targets.len(), 1);
    let effects = r.world.advance(due);
    assert!(
        matches!(&effects[..], [Effect::StartTask { .. }]),
        "{effects:?}"
    );
}

#[test]
fn a_task_that_cannot_start_says_so() {
    let options = ExampleOptions::default();
    let mut world = World::example_with(&options, Millis(5));
    let effects = world.advance(Millis(5));
    assert_eq!(effects.len(), 2);
    let task = world.tasks[0].id.clone();
    world.task_stopped(
        &task,
        None,
        "CannotPullContainerError: not found",
        Millis(6),
    );
    let task = world.task(&task).unwrap();
    assert_eq!(task.stop_code, Some(StopCode::TaskFailedToStart));
    assert_eq!(
        task.stopped_reason.as_deref(),
        Some("CannotPullContainerError: not found")
    );
    assert!(!world.task_running(&world.tasks[0].id.clone(), "127.0.0.1", 1, Millis(7)));
}

#[test]
fn the_desired_count_is_followed_up_and_down() {
    let mut r = Rehearsal::new(ExampleOptions::default());
    for (count, expected) in [(4, 4), (1, 1), (0, 0), (2, 2)] {
        r.world.services[0].desired_count = count;
        r.settle();
        assert_eq!(r.running().len(), expected);
        let targets = &r.world.target_group("shop-blue").unwrap().targets;
        assert_eq!(targets.len(), expected);
    }
}

#[test]
fn a_task_set_rests_when_its_targets_are_healthy() {
    let mut r = Rehearsal::new(ExampleOptions::default());
    let stability = |r: &Rehearsal| r.world.services[0].task_sets[0].stability;
    assert_eq!(stability(&r), StabilityStatus::Stabilizing);
    let ports: Vec<_> = r.world.tasks.iter().map(|t| t.host_port.unwrap()).collect();
    for port in ports {
        r.world.target_health(
            TargetReport {
                target_group: "shop-blue".to_owned(),
                id: "127.0.0.1".to_owned(),
                port,
                state: TargetState::Healthy,
                reason: None,
                description: None,
            },
            r.now,
        );
    }
    r.settle();
    assert_eq!(stability(&r), StabilityStatus::SteadyState);
    let message = &r.world.services[0].events.last().unwrap().message;
    assert!(
        message.ends_with("has reached a steady state."),
        "{message}"
    );
}

#[test]
fn tasks_tell_where_they_come_from() {
    let r = Rehearsal::new(ExampleOptions::default());
    let set = &r.world.services[0].task_sets[0];
    assert!(set.id.starts_with("ecs-svc/"));
    assert_eq!(r.world.tasks_started_by(&set.id).count(), 2);
    let task = &r.world.tasks[0];
    assert_eq!(task.last_status, TaskStatus::Running);
    assert_eq!(
        task.arn,
        format!(
            "arn:aws:ecs:eu-west-1:123456789012:task/production/{}",
            task.id
        )
    );
    assert_eq!(task.containers[0].name, "shop");
    assert_eq!((set.running_count, set.pending_count), (2, 0));
}

#[test]
fn time_never_goes_back() {
    let mut r = Rehearsal::new(ExampleOptions::default());
    r.world.advance(r.now + Duration::from_secs(10));
    let task = r.world.tasks[0].id.clone();
    r.world.task_stopped(&task, Some(1), "", Millis(0));
    let stopped = r.world.task(&task).unwrap().stopped_at;
    assert_eq!(stopped, Some(r.now + Duration::from_secs(10)));
}

#[test]
fn task_definitions_are_registered_and_looked_up() {
    let mut world = World::new("eu-west-1", "123456789012", 0);
    let raw = json!({
        "family": "web",
        "containerDefinitions": [{
            "name": "web", "image": "web:1", "dockerLabels": { "greenlight.plan": "s3://b/k" },
            "portMappings": [{ "containerPort": 80, "hostPort": 8080 }],
        }],
        "tags": [{ "key": "a", "value": "b" }],
    });
    let first = world
        .register_task_definition(raw.clone(), Millis(1))
        .unwrap();
    assert_eq!(
        first,
        "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:1"
    );
    let second = world.register_task_definition(raw, Millis(2)).unwrap();
    for (name, revision) in [(first.as_str(), 1), ("web:1", 1), (&second, 2), ("web", 2)] {
        assert_eq!(
            world.task_definition(name).unwrap().revision,
            revision,
            "{name}"
        );
    }
    for name in ["", "web:", "web:x", "web:3", "nix", ":", "web:99999999999"] {
        assert!(world.task_definition(name).is_none(), "{name}");
    }
    let found = world.task_definition("web:1").unwrap();
    assert_eq!(
        found.containers[0].docker_labels["greenlight.plan"],
        "s3://b/k"
    );
    assert_eq!(found.raw["taskDefinitionArn"], first);
    assert_eq!(found.raw["tags"][0]["key"], "a");
    assert!(world.deregister_task_definition("web:2"));
    assert!(!world.deregister_task_definition("web:7"));
    assert_eq!(world.task_definition("web").unwrap().revision, 1);
    assert_eq!(
        world.task_definition("web:2").unwrap().status,
        TaskDefinitionStatus::Inactive
    );

    for (raw, message) in [
        (json!([]), "must be a JSON object"),
        (json!({}), "Family"),
        (json!({ "family": "a:b" }), "Family"),
        (json!({ "family": "a" }), "Container list cannot be empty"),
        (
            json!({ "family": "a", "containerDefinitions": [{}] }),
            "Container.name",
        ),
        (
            json!({ "family": "a", "containerDefinitions":
                [{ "name": "c", "portMappings": [{ "containerPort": 70000 }] }] }),
            "port mapping in container 'c'",
        ),
    ] {
        let refusal = world.register_task_definition(raw, Millis(3)).unwrap_err();
        assert!(refusal.message.contains(message), "{}", refusal.message);
    }
}

#[test]
fn objects_have_a_new_etag_with_each_new_content() {
    let mut world = World::new("eu-west-1", "123456789012", 0);
    let one = world.put_object("b", "k", b"1".to_vec(), Millis(1));
    let two = world.put_object("b", "k", b"2".to_vec(), Millis(2));
    assert_ne!(one, two);
    assert_eq!(world.objects.len(), 1);
    assert_eq!(world.object("b", "k").unwrap().bytes, b"2");
    assert!(world.delete_object("b", "k"));
    assert!(!world.delete_object("b", "k"));
}

#[test]
fn a_secret_is_neither_printed_nor_serialised() {
    let mut world = World::new("eu-west-1", "123456789012", 0);
    let arn = world.put_secret("token", "hunter2", Millis(1));
    assert_eq!(world.put_secret("token", "hunter3", Millis(2)), arn);
    assert_eq!(world.secret("token").unwrap().value, "hunter3");
    assert_eq!(world.secret(&arn).unwrap().name, "token");
    let event = PutEvent {
        id: String::new(),
        at: Millis(0),
        bus: "default".to_owned(),
        source: "greenlight".to_owned(),
        detail_type: "Greenlight Gate Verdict".to_owned(),
        detail: "{}".to_owned(),
        resources: Vec::new(),
    };
    let id = world.put_event(event, Millis(3));
    assert_eq!((&world.events[0].id, world.events[0].at), (&id, Millis(3)));
    let text = format!("{world:?}{}", serde_json::to_string(&world).unwrap());
    assert!(!text.contains("hunter"), "{text}");
}
