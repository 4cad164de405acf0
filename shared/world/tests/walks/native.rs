//! ECS's own way.

use std::time::Duration;

use greenlight_world::{
    Event, ExampleOptions, FunctionResult, NativeConfig, NativeHook, NativeHookStatus,
    ServiceDeploymentStatus, Stage, Strategy, Traffic,
};
use serde_json::{Value, json};

use crate::rehearsal::{Rehearsal, Reply};

/// The example with one function at all stages that take one.
fn options(strategy: Strategy) -> ExampleOptions {
    let hook = NativeHook {
        function: "gate".to_owned(),
        role_arn: "arn:aws:iam::123456789012:role/hooks".to_owned(),
        stages: Stage::ALL
            .iter()
            .copied()
            .filter(|s| s.takes_hook())
            .collect(),
        details: Some(json!({ "plan": "smoke" })),
        timeout_minutes: 60,
    };
    ExampleOptions {
        native: Some(NativeConfig {
            strategy,
            bake_minutes: 5,
            hooks: vec![hook],
        }),
        ..ExampleOptions::default()
    }
}

const FORWARD: [&str; 8] = [
    "RECONCILE_SERVICE",
    "PRE_SCALE_UP",
    "POST_SCALE_UP",
    "TEST_TRAFFIC_SHIFT",
    "POST_TEST_TRAFFIC_SHIFT",
    "PRE_PRODUCTION_TRAFFIC_SHIFT",
    "PRODUCTION_TRAFFIC_SHIFT",
    "POST_PRODUCTION_TRAFFIC_SHIFT",
];

fn pair(green: u32) -> Vec<(String, u32)> {
    vec![
        ("blue".to_owned(), 100 - green),
        ("green".to_owned(), green),
    ]
}

#[test]
fn a_success_goes_through_all_stages() {
    let mut r = Rehearsal::new(options(Strategy::BlueGreen));
    assert_eq!(r.running(), [1, 1]);
    let arn = r.deploy_native();
    let d = r.world.service_deployment(&arn).unwrap();
    assert_eq!(d.status, ServiceDeploymentStatus::Successful);
    let stages: Vec<_> = d.stages.iter().map(|s| s.stage).collect();
    assert_eq!(stages, Stage::ALL);
    assert!(
        d.stages
            .iter()
            .all(|s| s.ended_at.is_some() && !s.failed && !s.rollback)
    );
    assert_eq!(r.steps(), FORWARD);
    assert_eq!(
        d.finished_at.unwrap().since(d.created_at),
        Duration::from_secs(300)
    );
    assert_eq!(r.weights(Traffic::Production), pair(100));
    assert_eq!(r.weights(Traffic::Test), pair(100));
    assert_eq!(r.running(), [2, 2]);
    let service = r.world.service("production", "shop").unwrap();
    assert_eq!(service.current_revision.as_ref(), Some(&d.target_revision));
    assert_eq!(r.world.next_due(), None);
}

#[test]
fn a_second_one_swaps_the_target_groups() {
    let mut r = Rehearsal::new(options(Strategy::BlueGreen));
    r.deploy_native();
    let arn = r.deploy_native();
    let d = r.world.service_deployment(&arn).unwrap();
    assert_eq!(d.status, ServiceDeploymentStatus::Successful);
    assert_eq!(
        r.weights(Traffic::Production),
        [("green".to_owned(), 0), ("blue".to_owned(), 100)]
    );
}

#[test]
fn the_payload_has_the_weights_of_its_stage() {
    let mut r = Rehearsal::new(options(Strategy::BlueGreen));
    let arn = r.deploy_native();
    let d = r.world.service_deployment(&arn).unwrap().clone();
    let moved = json!({ &d.target_revision: 100, &d.source_revision: 0 });
    for call in &r.calls {
        let stage = Stage::parse(call.step).unwrap();
        let weights = |from: Stage| {
            if stage >= from {
                moved.clone()
            } else {
                json!({})
            }
        };
        assert_eq!(
            call.payload,
            json!({
                "executionId": call.execution,
                "lifecycleStage": call.step,
                "resourceArn": arn,
                "executionDetails": {
                    "serviceArn": d.service_arn,
                    "targetServiceRevisionArn": d.target_revision,
                    "testTrafficWeights": weights(Stage::TestTrafficShift),
                    "productionTrafficWeights": weights(Stage::ProductionTrafficShift),
                },
                "hookDetails": { "plan": "smoke" },
            }),
            "{}",
            call.step
        );
    }
    assert!(arn.contains(":service-deployment/production/shop/"));
    assert!(
        d.target_revision
            .contains(":service-revision/production/shop/")
    );
}

#[test]
fn gradual_strategies_come_back_to_the_production_stages() {
    let minutes = |m: u64| Duration::from_secs(60 * m);
    let table = [
        (
            Strategy::Canary {
                percent: 5.0,
                bake_minutes: 10,
            },
            vec![(minutes(0), 5.0), (minutes(10), 100.0)],
        ),
        (
            Strategy::Linear {
                step_percent: 40.0,
                step_bake_minutes: 6,
            },
            vec![(minutes(0), 40.0), (minutes(6), 80.0), (minutes(12), 100.0)],
        ),
    ];
    for (strategy, expected) in table {
        let mut r = Rehearsal::new(options(strategy));
        let arn = r.deploy_native();
        let d = r.world.service_deployment(&arn).unwrap();
        assert_eq!(d.status, ServiceDeploymentStatus::Successful);
        let calls = r.steps();
        for stage in ["PRE_PRODUCTION_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"] {
            assert_eq!(
                calls.iter().filter(|s| **s == stage).count(),
                expected.len(),
                "{strategy:?}"
            );
        }
        let shifts: Vec<_> = (r.calls.iter())
            .filter(|c| c.step == "PRODUCTION_TRAFFIC_SHIFT")
            .map(|c| {
                let weights = &c.payload["executionDetails"]["productionTrafficWeights"];
                (
                    c.at.since(d.created_at),
                    weights[&d.target_revision].as_f64().unwrap(),
                )
            })
            .collect();
        assert_eq!(shifts, expected, "{strategy:?}");
    }
}

#[test]
fn each_stage_can_turn_it_back() {
    // What is called on the way back depends on what had moved.
    let none: &[&str] = &[];
    let test = &["TEST_TRAFFIC_SHIFT"][..];
    let both = &["PRODUCTION_TRAFFIC_SHIFT", "TEST_TRAFFIC_SHIFT"][..];
    let backward = [none, none, none, test, test, test, both, both];
    let failures = [
        Reply::Status("FAILED"),
        Reply::Error,
        Reply::Answer(json!({})),
        Reply::Answer(json!({ "hookStatus": "succeeded" })),
        Reply::Answer(json!("SUCCEEDED")),
        Reply::Answer(Value::Null),
        Reply::Silence,
    ];
    for (at, stage) in FORWARD.iter().enumerate() {
        for failure in &failures {
            let context = format!("{stage} {failure:?}");
            let mut r = Rehearsal::new(options(Strategy::BlueGreen))
                .reply(stage, &[failure.clone(), Reply::Status("SUCCEEDED")]);
            let arn = r.deploy_native();
            let d = r.world.service_deployment(&arn).unwrap();
            assert_eq!(
                d.status,
                ServiceDeploymentStatus::RollbackSuccessful,
                "{context}"
            );
            let calls: Vec<_> = FORWARD[..=at].iter().chain(backward[at]).copied().collect();
            assert_eq!(r.steps(), calls, "{context}");
            let forwards = |green| {
                r.world.listeners.iter().all(|l| {
                    l.forwards.iter().all(|f| {
                        let is_green =
                            f.target_group_arn == r.world.target_group("shop-green").unwrap().arn;
                        f.weight == if is_green { green } else { 100 - green }
                    })
                })
            };
            assert!(forwards(0), "{context}");
            assert_eq!(r.running(), [1, 1], "{context}");
            let service = r.world.service("production", "shop").unwrap();
            assert_eq!(service.current_revision.as_ref(), Some(&d.source_revision));
            let reason = &d.rollback.as_ref().unwrap().reason;
            assert!(
                reason.contains(stage) && reason.contains("gate"),
                "{reason}"
            );
            // On the way back the weights tell that it is one.
            for call in &r.calls[at + 1..] {
                let weights = &call.payload["executionDetails"]["productionTrafficWeights"];
                assert_eq!(weights[&d.target_revision], 0);
                assert_eq!(weights[&d.source_revision], 100);
                assert_eq!(
                    call.payload["executionDetails"]["targetServiceRevisionArn"],
                    d.target_revision
                );
            }
        }
    }
}

#[test]
fn a_hook_that_fails_on_the_way_back_fails_the_rollback() {
    let mut r = Rehearsal::new(options(Strategy::BlueGreen))
        .reply("PRODUCTION_TRAFFIC_SHIFT", &[Reply::Status("FAILED")]);
    let arn = r.deploy_native();
    let d = r.world.service_deployment(&arn).unwrap();
    assert_eq!(d.status, ServiceDeploymentStatus::RollbackFailed);
    let last = d.hooks.last().unwrap();
    assert!(last.rollback && last.status == NativeHookStatus::Failed);
    assert_eq!(
        r.weights(Traffic::Production),
        pair(0),
        "blue serves all the same"
    );
}

#[test]
fn a_hook_in_progress_is_called_again() {
    let progress = |more: Value| {
        let mut answer = json!({ "hookStatus": "IN_PROGRESS" });
        answer
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        Reply::Answer(answer)
    };
    let mut r = Rehearsal::new(options(Strategy::BlueGreen)).reply(
        "POST_SCALE_UP",
        &[
            progress(json!({})),
            progress(json!({ "callBackDelay": 5, "hookDetails": { "seen": 1 } })),
            progress(json!({ "callBackDelay": -3, "hookDetails": null })),
            Reply::Status("SUCCEEDED"),
        ],
    );
    r.world.pace.minute = Duration::from_secs(6);
    let arn = r.deploy_native();
    let d = r.world.service_deployment(&arn).unwrap();
    assert_eq!(d.status, ServiceDeploymentStatus::Successful);
    let calls: Vec<_> = r
        .calls
        .iter()
        .filter(|c| c.step == "POST_SCALE_UP")
        .collect();
    let times: Vec<_> = calls
        .iter()
        .map(|c| c.at.since(calls[0].at).as_millis())
        .collect();
    assert_eq!(
        times,
        [0, 3000, 3500, 6500],
        "30 s, 5 s, 30 s at a tenth of the pace"
    );
    assert!(calls.iter().all(|c| c.execution == calls[0].execution));
    let details: Vec<_> = calls
        .iter()
        .map(|c| c.payload["hookDetails"].clone())
        .collect();
    let (plain, seen) = (
        json!({ "plan": "smoke" }),
        json!({ "plan": "smoke", "seen": 1 }),
    );
    assert_eq!(details, [plain.clone(), plain, seen.clone(), seen.clone()]);
    let later = r
        .calls
        .iter()
        .find(|c| c.step == "TEST_TRAFFIC_SHIFT")
        .unwrap();
    assert_eq!(
        later.payload["hookDetails"], seen,
        "carried over to later stages"
    );
}

#[test]
fn a_hook_in_progress_for_too_long_times_out() {
    let mut r = Rehearsal::new(options(Strategy::BlueGreen)).reply(
        "PRE_SCALE_UP",
        &[Reply::Answer(json!({ "hookStatus": "IN_PROGRESS" }))],
    );
    let arn = r.deploy_native();
    let d = r.world.service_deployment(&arn).unwrap();
    assert_eq!(d.status, ServiceDeploymentStatus::RollbackSuccessful);
    assert_eq!(d.hooks.last().unwrap().status, NativeHookStatus::TimedOut);
    assert_eq!(
        d.finished_at.unwrap().since(d.created_at),
        Duration::from_secs(3600)
    );
    assert!(
        r.world
            .history
            .iter()
            .any(|h| matches!(h.what, Event::HookTimedOut { .. }))
    );
}

#[test]
fn hooks_of_a_stage_run_together_and_all_must_succeed() {
    let mut options = options(Strategy::BlueGreen);
    let native = options.native.as_mut().unwrap();
    let mut second = native.hooks[0].clone();
    second.function = "other".to_owned();
    native.hooks.push(second);
    let mut r = Rehearsal::new(options).reply(
        "PRE_SCALE_UP",
        &[Reply::Status("SUCCEEDED"), Reply::Status("FAILED")],
    );
    let arn = r.deploy_native();
    let d = r.world.service_deployment(&arn).unwrap();
    assert_eq!(
        r.steps(),
        [
            "RECONCILE_SERVICE",
            "RECONCILE_SERVICE",
            "PRE_SCALE_UP",
            "PRE_SCALE_UP"
        ]
    );
    assert_eq!(d.status, ServiceDeploymentStatus::RollbackSuccessful);
    assert!(d.status_reason.as_ref().unwrap().contains("other"));
}

#[test]
fn green_that_does_not_start_is_rolled_back() {
    let mut r = Rehearsal::new(options(Strategy::BlueGreen));
    r.green_starts = false;
    let arn = r.deploy_native();
    let d = r.world.service_deployment(&arn).unwrap();
    assert_eq!(d.status, ServiceDeploymentStatus::RollbackSuccessful);
    assert_eq!(r.running(), [1, 1]);
    assert_eq!(
        d.finished_at.unwrap().since(d.created_at),
        Duration::from_secs(3600)
    );
}

#[test]
fn without_a_test_rule_there_are_no_test_stages() {
    let options = ExampleOptions {
        test_port: None,
        ..options(Strategy::BlueGreen)
    };
    let mut r = Rehearsal::new(options);
    let arn = r.deploy_native();
    assert_eq!(
        r.world.service_deployment(&arn).unwrap().status,
        ServiceDeploymentStatus::Successful
    );
    assert!(!r.steps().iter().any(|s| s.contains("TEST")));
}

#[test]
fn an_answer_that_comes_too_late_no_longer_counts() {
    let mut options = options(Strategy::BlueGreen);
    let native = options.native.as_mut().unwrap();
    let mut second = native.hooks[0].clone();
    second.function = "other".to_owned();
    native.hooks.push(second);
    let mut r = Rehearsal::new(options).reply(
        "RECONCILE_SERVICE",
        &[Reply::Silence, Reply::Status("FAILED")],
    );
    let arn = r.deploy_native();
    let late = r.calls[0].execution.clone();
    let answer = FunctionResult::Returned(json!({ "hookStatus": "SUCCEEDED" }));
    assert!(r.world.hook_function_returned(&late, answer, r.now));
    let d = r.world.service_deployment(&arn).unwrap();
    assert_eq!(d.hooks[0].status, NativeHookStatus::Failed);

    // After the time is over, too, even if nobody has looked yet.
    let mut r = Rehearsal::new(self::options(Strategy::BlueGreen))
        .reply("RECONCILE_SERVICE", &[Reply::Silence]);
    let request = r.options.native_request();
    let arn = r.world.deploy_native(r.now, request).unwrap();
    r.settle();
    let over = r.world.next_due().unwrap();
    let answer = FunctionResult::Returned(json!({ "hookStatus": "SUCCEEDED" }));
    assert!(
        r.world
            .hook_function_returned(&r.calls[0].execution.clone(), answer, over)
    );
    r.world.advance(over);
    let d = r.world.service_deployment(&arn).unwrap();
    assert_eq!(d.hooks[0].status, NativeHookStatus::TimedOut);
}
