//! CodeDeploy's way, from the request to the end.

use std::time::Duration;

use greenlight_world::{
    Creator, DeploymentStatus, ExampleOptions, FunctionResult, HOOK_FAILED, HOOK_TIMED_OUT,
    INSTALL_TIMED_OUT, LifecycleEventName, TaskSetLabel, TaskSetStatus, Traffic,
};

use crate::rehearsal::{ALL_HOOKS, Rehearsal, Reply, only};

const STEPS: [&str; 5] = [
    "BeforeInstall",
    "AfterInstall",
    "AfterAllowTestTraffic",
    "BeforeAllowTraffic",
    "AfterAllowTraffic",
];

#[test]
fn a_success_leaves_green_primary_and_blue_gone() {
    let mut r = Rehearsal::new(ExampleOptions::default());
    assert_eq!(r.running(), [1, 1]);
    let id = r.deploy();
    assert_eq!(r.status(&id), DeploymentStatus::Succeeded);
    assert_eq!(r.lifecycle(&id), "SSSSSSSS");
    assert_eq!(r.steps(), STEPS);
    assert_eq!(r.weights(Traffic::Production), only("green"));
    assert_eq!(r.weights(Traffic::Test), only("green"));
    assert_eq!(r.running(), [2, 2]);
    let service = r.world.service("production", "shop").unwrap();
    let [green] = &service.task_sets[..] else {
        panic!("one task set is left")
    };
    assert_eq!(green.status, TaskSetStatus::Primary);
    assert_eq!(green.external_id.as_deref(), Some(id.as_str()));
    let deployment = r.world.deployment(&id).unwrap();
    let [blue, green] = &deployment.task_sets[..] else {
        panic!("blue and green")
    };
    assert_eq!(
        (blue.label, green.label),
        (TaskSetLabel::Blue, TaskSetLabel::Green)
    );
    assert_eq!((blue.traffic_weight, green.traffic_weight), (0.0, 100.0));
    assert!(deployment.error.is_none() && deployment.rollback.is_none());
    assert_eq!(r.world.next_due(), None);
}

#[test]
fn a_second_deployment_swaps_the_target_groups() {
    let mut r = Rehearsal::new(ExampleOptions::default());
    r.deploy();
    let id = r.deploy();
    assert_eq!(r.status(&id), DeploymentStatus::Succeeded);
    assert_eq!(r.weights(Traffic::Production), only("blue"));
    assert_eq!(r.running(), [2, 2]);
}

#[test]
fn without_hooks_everything_passes_at_once() {
    let mut r = Rehearsal::new(ExampleOptions::default());
    let request = r.options.deploy_request(&[]);
    let id = r.world.deploy(r.now, request).unwrap();
    r.run();
    assert_eq!(r.status(&id), DeploymentStatus::Succeeded);
    assert_eq!(r.lifecycle(&id), "SSSSSSSS");
}

#[test]
fn without_a_test_listener_its_events_are_skipped() {
    let mut r = Rehearsal::new(ExampleOptions {
        test_port: None,
        ..ExampleOptions::default()
    });
    let id = r.deploy();
    assert_eq!(r.status(&id), DeploymentStatus::Succeeded);
    assert_eq!(r.lifecycle(&id), "SSS--SSS");
    assert_eq!(
        r.steps(),
        [
            "BeforeInstall",
            "AfterInstall",
            "BeforeAllowTraffic",
            "AfterAllowTraffic"
        ]
    );
}

#[test]
fn the_payload_has_the_two_fields_and_the_id_is_opaque() {
    let mut r = Rehearsal::new(ExampleOptions::default());
    let id = r.deploy();
    for call in &r.calls {
        let fields = call.payload.as_object().unwrap();
        assert_eq!(fields.len(), 2);
        assert_eq!(fields["DeploymentId"], id);
        assert_eq!(fields["LifecycleEventHookExecutionId"], call.execution);
        assert!(call.execution.starts_with("eyJ"), "base64 of JSON");
    }
}

#[test]
fn each_hook_sees_the_world_it_should_see() {
    let mut r = Rehearsal::new(ExampleOptions::default());
    r.deploy();
    let production: Vec<_> = r.calls.iter().map(|c| c.production.clone()).collect();
    let (blue, green) = (only("blue"), only("green"));
    assert_eq!(
        production,
        [blue.clone(), blue.clone(), blue.clone(), blue, green]
    );
}

/// How a hook can go wrong, and what becomes of it at each hook.
#[test]
fn each_hook_can_stop_the_deployment() {
    // Hook, lifecycle, whether there is something to roll back.
    let table = [
        (0, "F-------", false),
        (1, "SSF-----", true),
        (2, "SSSSF---", true),
        (3, "SSSSSF--", true),
        (4, "SSSSSSSF", true),
    ];
    let replies = [
        (Reply::Status("Failed"), HOOK_FAILED, "ScriptFailed"),
        (Reply::Silence, HOOK_TIMED_OUT, "ScriptTimedOut"),
        (Reply::Error, HOOK_TIMED_OUT, "ScriptTimedOut"),
    ];
    for (hook, lifecycle, rolled_back) in table {
        for (reply, message, script) in &replies {
            let step = STEPS[hook];
            let context = format!("{step} {reply:?}");
            let mut r =
                Rehearsal::new(ExampleOptions::default()).reply(step, std::slice::from_ref(reply));
            let id = r.deploy();
            assert_eq!(r.status(&id), DeploymentStatus::Failed, "{context}");
            assert_eq!(r.lifecycle(&id), lifecycle, "{context}");
            assert_eq!(r.steps(), &STEPS[..=hook], "{context}");
            let failed = r.world.deployment(&id).unwrap();
            let error = failed.error.as_ref().unwrap();
            assert_eq!(
                (error.code.as_str(), error.message.as_str()),
                ("HOOK_EXECUTION_FAILURE", *message)
            );
            let event = failed
                .lifecycle
                .iter()
                .find(|e| e.name.as_str() == step)
                .unwrap();
            let diagnostics = event.diagnostics.as_ref().unwrap();
            assert_eq!(diagnostics.error_code, *script, "{context}");
            assert_eq!(diagnostics.script_name, ALL_HOOKS[hook].1);
            let waited = failed.completed_at.unwrap().since(failed.created_at);
            let hour = Duration::from_secs(3600);
            assert_eq!(
                waited,
                if *script == "ScriptFailed" {
                    Duration::ZERO
                } else {
                    hour
                }
            );
            assert_blue_serves(&r, &context);
            assert_eq!(failed.rollback.is_some(), rolled_back, "{context}");
            if rolled_back {
                assert_linked(&r, &id);
            }
        }
    }
}

fn assert_blue_serves(r: &Rehearsal, context: &str) {
    assert_eq!(r.weights(Traffic::Production), only("blue"), "{context}");
    assert_eq!(r.weights(Traffic::Test), only("blue"), "{context}");
    assert_eq!(r.running(), [1, 1], "{context}");
    let service = r.world.service("production", "shop").unwrap();
    let [blue] = &service.task_sets[..] else {
        panic!("green is gone: {context}")
    };
    assert_eq!(blue.status, TaskSetStatus::Primary, "{context}");
}

fn assert_linked(r: &Rehearsal, id: &str) {
    let failed = r.world.deployment(id).unwrap();
    let rollback = failed
        .rollback
        .as_ref()
        .unwrap()
        .rollback_deployment_id
        .clone()
        .unwrap();
    let rollback = r.world.deployment(&rollback).unwrap();
    assert_eq!(rollback.creator, Creator::Rollback);
    assert_eq!(rollback.status, DeploymentStatus::Succeeded);
    assert_eq!(r.lifecycle(&rollback.id), "------S-");
    let link = rollback.rollback.as_ref().unwrap();
    assert_eq!(link.rollback_triggering_deployment_id.as_deref(), Some(id));
    assert!(rollback.task_definition_arn.ends_with(":1"));
}

#[test]
fn without_automatic_rollback_a_failure_stays_as_it_is() {
    let options = ExampleOptions {
        rollback_on_failure: false,
        ..ExampleOptions::default()
    };
    let mut r = Rehearsal::new(options).reply("BeforeAllowTraffic", &[Reply::Status("Failed")]);
    let id = r.deploy();
    assert_eq!(r.status(&id), DeploymentStatus::Failed);
    assert_eq!(r.weights(Traffic::Test), only("green"));
    assert_eq!(r.running(), [1, 1, 2, 2]);
    assert!(r.world.deployment(&id).unwrap().rollback.is_none());

    // The test listener no longer serves blue, so the next one is refused by
    // the load balancer, as on AWS.
    let id = r.deploy();
    let error = r.world.deployment(&id).unwrap().error.clone().unwrap();
    assert!(
        error
            .message
            .contains("Primary taskset target group must be behind listener arn:aws:")
    );

    // Put right by hand, it goes through, and the leftovers make room.
    let blue = r.world.target_group("shop-blue").unwrap().arn.clone();
    let test = r.world.deployment_groups[0].test_listener.clone().unwrap();
    r.world.listener_mut(&test).unwrap().forwards[0].target_group_arn = blue;
    r.replies.clear();
    let id = r.deploy();
    assert_eq!(r.status(&id), DeploymentStatus::Succeeded);
    assert_eq!(r.running(), [2, 2]);
}

#[test]
fn a_stale_test_listener_says_it_moved_and_did_not() {
    let mut r = Rehearsal::new(ExampleOptions::default());
    r.world.faults.stale_test_listener = true;
    r.replies
        .insert("BeforeAllowTraffic", vec![Reply::Status("Failed")]);
    let id = r.deploy();
    assert_eq!(r.lifecycle(&id), "SSSSSF--");
    assert!(
        r.moves(Traffic::Test).is_empty(),
        "the test listener never moved"
    );
    assert_blue_serves(&r, "stale");
}

#[test]
fn green_that_does_not_start_times_out() {
    let mut r = Rehearsal::new(ExampleOptions::default());
    r.green_starts = false;
    let id = r.deploy();
    assert_eq!(r.lifecycle(&id), "SF------");
    let error = r.world.deployment(&id).unwrap().error.clone().unwrap();
    assert_eq!(
        (error.code.as_str(), error.message.as_str()),
        ("TIMEOUT", INSTALL_TIMED_OUT)
    );
    assert_blue_serves(&r, "not started");
    assert_linked(&r, &id);
}

#[test]
fn a_stopped_deployment_is_rolled_back_only_if_asked_to() {
    for roll_back in [false, true] {
        let mut r = Rehearsal::new(ExampleOptions::default())
            .reply("BeforeAllowTraffic", &[Reply::Silence]);
        let id = r
            .world
            .deploy(r.now, r.options.deploy_request(&ALL_HOOKS))
            .unwrap();
        r.settle();
        assert_eq!(r.lifecycle(&id), "SSSSSIPP");
        r.world.stop_deployment(&id, roll_back, r.now).unwrap();
        r.settle();
        assert_eq!(r.status(&id), DeploymentStatus::Stopped);
        assert_eq!(r.lifecycle(&id), "SSSSSF--");
        if roll_back {
            assert_blue_serves(&r, "stopped");
            assert_linked(&r, &id);
        } else {
            assert_eq!(r.weights(Traffic::Test), only("green"));
        }
        let again = r.world.stop_deployment(&id, false, r.now).unwrap_err();
        assert_eq!(again.code, "DeploymentAlreadyCompletedException");
    }
}

#[test]
fn a_bad_revision_is_found_at_install_if_not_refused_early() {
    let mut r = Rehearsal::new(ExampleOptions::default());
    r.world.refuse_early = false;
    let mut request = r.options.deploy_request(&ALL_HOOKS);
    request.revision.task_definition = "shop:latest".to_owned();
    let id = r.world.deploy(r.now, request).unwrap();
    r.run();
    assert_eq!(r.steps(), ["BeforeInstall"]);
    assert_eq!(r.lifecycle(&id), "SF------");
    let error = r.world.deployment(&id).unwrap().error.clone().unwrap();
    assert_eq!(error.code, "ECS_UPDATE_ERROR");
    assert!(
        error
            .message
            .contains("Invalid revision number. Number: latest"),
        "{}",
        error.message
    );
}

#[test]
fn what_a_function_returns_is_noted_and_nothing_more() {
    let mut r = Rehearsal::new(ExampleOptions::default()).reply("BeforeInstall", &[Reply::Silence]);
    let id = r
        .world
        .deploy(r.now, r.options.deploy_request(&ALL_HOOKS))
        .unwrap();
    r.settle();
    let execution = r.calls[0].execution.clone();
    let failed = FunctionResult::Failed("exit status 1".to_owned());
    assert!(
        r.world
            .hook_function_returned(&execution, failed.clone(), r.now)
    );
    assert!(
        !r.world
            .hook_function_returned(&execution, failed.clone(), r.now),
        "once"
    );
    assert!(!r.world.hook_function_returned("unknown", failed, r.now));
    r.settle();
    assert_eq!(r.lifecycle(&id), "IPPPPPPP");
    r.world
        .put_hook_status(&id, &execution, "Succeeded", r.now)
        .unwrap();
    r.settle();
    assert_eq!(r.status(&id), DeploymentStatus::Succeeded);
}

#[test]
fn the_placeholder_stands_for_the_newest_revision() {
    let mut r = Rehearsal::new(ExampleOptions::default());
    let mut request = r
        .options
        .deploy_request(&[(LifecycleEventName::BeforeInstall, "f")]);
    request.revision.task_definition = "<TASK_DEFINITION>".to_owned();
    let id = r.world.deploy(r.now, request).unwrap();
    assert!(
        r.world
            .deployment(&id)
            .unwrap()
            .task_definition_arn
            .ends_with("task-definition/shop:2")
    );
}
