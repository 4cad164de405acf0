//! What AWS says no to, in its own words.

use greenlight_world::{
    DeployRequest, DeploymentController, ExampleOptions, LoadBalancerType, Millis, NativeRequest,
    World,
};

use crate::rehearsal::{ALL_HOOKS, Rehearsal, Reply};

#[test]
fn deployments_that_are_refused() {
    type Change = fn(&mut World, &mut DeployRequest);
    let table: [(&str, &str, Change); 12] = [
        (
            "ApplicationDoesNotExistException",
            "No application found for name: nix",
            |_, r| {
                r.application = "nix".to_owned();
            },
        ),
        (
            "DeploymentGroupDoesNotExistException",
            "No Deployment Group found for name: nix",
            |_, r| {
                r.group = "nix".to_owned();
            },
        ),
        ("DeploymentConfigDoesNotExistException", "nix", |_, r| {
            r.config = Some("nix".to_owned())
        }),
        (
            "DeploymentLimitExceededException",
            "already has an active Deployment 'd-",
            |w, r| {
                w.deploy(Millis(1), r.clone()).unwrap();
            },
        ),
        (
            "ECS_UPDATE_ERROR",
            "unexpected error: Invalid revision number. Number: latest",
            |_, r| {
                r.revision.task_definition =
                    "arn:aws:ecs:eu-west-1:123456789012:task-definition/shop:latest".to_owned();
            },
        ),
        (
            "ECS_UPDATE_ERROR",
            "unexpected error: TaskDefinition is inactive",
            |w, _| {
                assert!(w.deregister_task_definition("shop:2"));
            },
        ),
        (
            "ECS_UPDATE_ERROR",
            "Unable to describe task definition",
            |_, r| {
                r.revision.task_definition = "shop:99".to_owned();
            },
        ),
        (
            "ECS_UPDATE_ERROR",
            "The container web does not exist in the task definition",
            |_, r| {
                r.revision.container_name = "web".to_owned();
            },
        ),
        (
            "ECS_UPDATE_ERROR",
            "The container shop did not have a container port 81 defined",
            |_, r| {
                r.revision.container_port = 81;
            },
        ),
        (
            "InvalidTrafficRoutingConfigurationException",
            "Only ALB supports gradual traffic routing",
            |w, r| {
                w.load_balancers[0].kind = LoadBalancerType::Network;
                r.config = Some("CodeDeployDefault.ECSCanary10Percent5Minutes".to_owned());
            },
        ),
        (
            "InvalidECSServiceException",
            "must be configured for a CODE_DEPLOY deployment controller",
            |w, _| {
                w.services[0].controller = DeploymentController::Ecs;
            },
        ),
        (
            "InvalidTargetGroupPairException",
            "does not exist",
            |w, _| {
                w.deployment_groups[0].target_groups[1] = "nix".to_owned();
            },
        ),
    ];
    for (code, message, change) in table {
        let options = ExampleOptions::default();
        let mut world = World::example_with(&options, Millis(0));
        let mut request = options.deploy_request(&ALL_HOOKS);
        change(&mut world, &mut request);
        let count = world.deployments.len();
        let refusal = world.deploy(Millis(2), request).unwrap_err();
        assert_eq!(refusal.code, code);
        assert!(
            refusal.message.contains(message),
            "{} has not {message}",
            refusal.message
        );
        assert_eq!(world.deployments.len(), count);
    }
}

#[test]
fn a_network_load_balancer_takes_all_at_once() {
    let options = ExampleOptions {
        kind: LoadBalancerType::Network,
        ..ExampleOptions::default()
    };
    let mut r = Rehearsal::new(options);
    let id = r.deploy();
    assert_eq!(r.lifecycle(&id), "SSSSSSSS");
}

#[test]
fn hook_statuses_that_are_refused() {
    let mut r = Rehearsal::new(ExampleOptions::default()).reply("AfterInstall", &[Reply::Silence]);
    let id = r
        .world
        .deploy(r.now, r.options.deploy_request(&ALL_HOOKS))
        .unwrap();
    r.settle();
    let [before, after] = &r.calls[..] else {
        panic!("two calls")
    };
    let (before, after) = (before.execution.clone(), after.execution.clone());
    let mut table = vec![
        (
            "",
            after.as_str(),
            "Succeeded",
            "DeploymentIdRequiredException",
        ),
        ("x-1", &after, "Succeeded", "InvalidDeploymentIdException"),
        ("d-é", &after, "Succeeded", "InvalidDeploymentIdException"),
        (
            "d-NOSUCH123",
            &after,
            "Succeeded",
            "DeploymentDoesNotExistException",
        ),
        (
            &id,
            "nonsense",
            "Succeeded",
            "InvalidLifecycleEventHookExecutionIdException",
        ),
        (
            &id,
            "",
            "Failed",
            "InvalidLifecycleEventHookExecutionIdException",
        ),
        (
            &id,
            &before,
            "Failed",
            "LifecycleEventAlreadyCompletedException",
        ),
    ];
    for status in [
        "",
        "succeeded",
        "Pending",
        "InProgress",
        "Skipped",
        "Unknown",
        "SUCCEEDED",
    ] {
        table.push((
            &id,
            &after,
            status,
            "InvalidLifecycleEventHookExecutionStatusException",
        ));
    }
    for (deployment, execution, status, code) in table {
        let refusal = r
            .world
            .put_hook_status(deployment, execution, status, r.now)
            .unwrap_err();
        assert_eq!(refusal.code, code, "{deployment} {execution} {status}");
    }
    assert_eq!(
        r.world
            .put_hook_status(&id, &after, "Failed", r.now)
            .unwrap(),
        after
    );
    // A second one comes too late, before and after the world went on.
    for _ in 0..2 {
        let refusal = r
            .world
            .put_hook_status(&id, &after, "Succeeded", r.now)
            .unwrap_err();
        assert_eq!(refusal.code, "LifecycleEventAlreadyCompletedException");
        r.settle();
    }
    assert_eq!(r.lifecycle(&id), "SSF-----");
}

#[test]
fn a_status_after_the_timeout_is_too_late_even_if_nobody_looked() {
    let mut r = Rehearsal::new(ExampleOptions::default()).reply("BeforeInstall", &[Reply::Silence]);
    let id = r
        .world
        .deploy(r.now, r.options.deploy_request(&ALL_HOOKS))
        .unwrap();
    r.settle();
    let execution = r.calls[0].execution.clone();
    let late = r.world.next_due().unwrap();
    let refusal = r
        .world
        .put_hook_status(&id, &execution, "Succeeded", late)
        .unwrap_err();
    assert_eq!(refusal.code, "LifecycleEventAlreadyCompletedException");
    r.world.advance(late);
    assert_eq!(r.lifecycle(&id), "F-------");
}

#[test]
fn native_deployments_that_are_refused() {
    type Change = fn(&mut World, &mut NativeRequest);
    let table: [(&str, &str, Change); 8] = [
        ("ClusterNotFoundException", "Cluster not found.", |_, r| {
            r.cluster = "nix".to_owned()
        }),
        ("ServiceNotFoundException", "Service not found.", |_, r| {
            r.service = "nix".to_owned()
        }),
        (
            "InvalidParameterException",
            "CODE_DEPLOY deployment controller",
            |w, _| {
                w.services[0].controller = DeploymentController::CodeDeploy;
            },
        ),
        ("ConflictException", "still under way", |w, r| {
            w.deploy_native(Millis(1), r.clone()).unwrap();
        }),
        (
            "InvalidParameterException",
            "Invalid revision number. Number: latest",
            |_, r| {
                r.task_definition = "shop:latest".to_owned();
            },
        ),
        (
            "InvalidParameterException",
            "TaskDefinition is inactive",
            |w, _| {
                assert!(w.deregister_task_definition("shop:2"));
            },
        ),
        (
            "InvalidParameterException",
            "advancedConfiguration",
            |w, _| {
                w.services[0].load_balancers[0].advanced = None;
            },
        ),
        (
            "InvalidParameterException",
            "The container shop does not exist",
            |w, _| {
                w.task_definitions[1].containers.clear();
            },
        ),
    ];
    for (code, message, change) in table {
        let options = ExampleOptions::default().native();
        let mut world = World::example_with(&options, Millis(0));
        let mut request = options.native_request();
        change(&mut world, &mut request);
        let refusal = world.deploy_native(Millis(2), request).unwrap_err();
        assert_eq!(refusal.code, code, "{message}");
        assert!(refusal.message.contains(message), "{}", refusal.message);
        assert!(
            !refusal.message.contains("unexpected error"),
            "{}",
            refusal.message
        );
    }
}
