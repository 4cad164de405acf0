//! Where CodeDeploy sends traffic, and when.

use std::time::Duration;

use greenlight_world::{
    DeploymentConfig, DeploymentStatus, Event, ExampleOptions, TargetReport, TargetState, Traffic,
    TrafficRouting,
};

use crate::rehearsal::{ALL_HOOKS, Rehearsal, Reply, only};

#[test]
fn production_moves_in_the_steps_of_each_configuration() {
    let minutes = |m: u64| Duration::from_secs(60 * m);
    let linear = |every: u64| -> Vec<(Duration, u32)> {
        (0..10)
            .map(|i| (minutes(i * every), 10 * (i as u32 + 1)))
            .collect()
    };
    let table = [
        ("CodeDeployDefault.ECSAllAtOnce", vec![(minutes(0), 100)]),
        (
            "CodeDeployDefault.ECSCanary10Percent5Minutes",
            vec![(minutes(0), 10), (minutes(5), 100)],
        ),
        (
            "CodeDeployDefault.ECSCanary10Percent15Minutes",
            vec![(minutes(0), 10), (minutes(15), 100)],
        ),
        (
            "CodeDeployDefault.ECSLinear10PercentEvery1Minutes",
            linear(1),
        ),
        (
            "CodeDeployDefault.ECSLinear10PercentEvery3Minutes",
            linear(3),
        ),
        ("own-canary", vec![(minutes(0), 25), (minutes(2), 100)]),
        (
            "own-linear",
            vec![(minutes(0), 40), (minutes(7), 80), (minutes(14), 100)],
        ),
    ];
    for (config, expected) in table {
        let mut r = Rehearsal::new(ExampleOptions {
            config: config.to_owned(),
            ..ExampleOptions::default()
        });
        let own = |name: &str, routing| DeploymentConfig {
            name: name.to_owned(),
            routing,
        };
        r.world.deployment_configs = vec![
            own(
                "own-canary",
                TrafficRouting::Canary {
                    percent: 25,
                    minutes: 2,
                },
            ),
            own(
                "own-linear",
                TrafficRouting::Linear {
                    percent: 40,
                    minutes: 7,
                },
            ),
        ];
        let id = r.deploy();
        assert_eq!(r.status(&id), DeploymentStatus::Succeeded, "{config}");
        let shifts: Vec<(greenlight_world::Millis, u32)> = (r.world.history.iter())
            .filter_map(|h| match h.what {
                Event::TrafficShifted {
                    traffic: Traffic::Production,
                    green_percent,
                    ..
                } => Some((h.at, green_percent as u32)),
                _ => None,
            })
            .collect();
        let steps: Vec<_> = shifts
            .iter()
            .map(|(at, p)| (at.since(shifts[0].0), *p))
            .collect();
        assert_eq!(steps, expected, "{config}");
        // What the listener really did: nothing of green before its time.
        let mut greens: Vec<_> = r
            .moves(Traffic::Production)
            .into_iter()
            .map(|(_, g)| g)
            .collect();
        greens.dedup();
        greens.retain(|g| *g > 0);
        assert_eq!(
            greens,
            expected.iter().map(|(_, p)| *p).collect::<Vec<_>>(),
            "{config}"
        );
        assert_eq!(r.weights(Traffic::Production), only("green"));
    }
}

#[test]
fn the_pace_makes_minutes_short_but_not_the_hook_timeout() {
    let options = ExampleOptions {
        config: "CodeDeployDefault.ECSCanary10Percent5Minutes".to_owned(),
        termination_wait_minutes: 60,
        ..ExampleOptions::default()
    };
    let mut r = Rehearsal::new(options.clone());
    r.world.pace.minute = Duration::from_millis(100);
    let id = r.deploy();
    let took = |r: &Rehearsal, id: &str| {
        let d = r.world.deployment(id).unwrap();
        d.completed_at.unwrap().since(d.created_at)
    };
    assert_eq!(took(&r, &id), Duration::from_millis(6500));
    let mut r = Rehearsal::new(options).reply("AfterInstall", &[Reply::Silence]);
    r.world.pace.minute = Duration::from_millis(100);
    let id = r.deploy();
    assert_eq!(took(&r, &id), Duration::from_secs(3600));
}

#[test]
fn blue_stays_as_long_as_the_group_says() {
    let options = ExampleOptions {
        termination_wait_minutes: 5,
        ..ExampleOptions::default()
    };
    let mut r = Rehearsal::new(options);
    let id = r
        .world
        .deploy(r.now, r.options.deploy_request(&[]))
        .unwrap();
    r.settle();
    assert_eq!(r.status(&id), DeploymentStatus::InProgress);
    assert_eq!(r.running(), [1, 1, 2, 2]);
    assert_eq!(r.world.next_due(), Some(r.now + Duration::from_secs(300)));
    r.world.continue_deployment(&id, r.now).unwrap();
    r.settle();
    assert_eq!(r.status(&id), DeploymentStatus::Succeeded);
    assert_eq!(r.running(), [2, 2]);
    assert!(r.world.continue_deployment(&id, r.now).is_err());
}

#[test]
fn targets_are_unused_until_a_listener_forwards_to_them() {
    let run = |config: &str| {
        let config = format!("CodeDeployDefault.{config}");
        let mut r = Rehearsal::new(ExampleOptions {
            config,
            ..ExampleOptions::default()
        })
        .reply("AfterInstall", &[Reply::Silence]);
        r.world
            .deploy(r.now, r.options.deploy_request(&ALL_HOOKS))
            .unwrap();
        r.settle();
        r
    };
    let states = |r: &Rehearsal| -> Vec<TargetState> {
        r.world
            .target_group("shop-green")
            .unwrap()
            .targets
            .iter()
            .map(|t| t.state)
            .collect()
    };
    let report = |r: &Rehearsal| TargetReport {
        target_group: "shop-green".to_owned(),
        id: "127.0.0.1".to_owned(),
        port: r.world.target_group("shop-green").unwrap().targets[0].port,
        state: TargetState::Healthy,
        reason: None,
        description: None,
    };

    let mut r = run("ECSAllAtOnce");
    assert_eq!(states(&r), [TargetState::Unused, TargetState::Unused]);
    assert!(
        !r.world.target_health(report(&r), r.now),
        "nobody checks what isn't used"
    );
    let execution = r.calls.last().unwrap().execution.clone();
    let id = r.world.deployments[0].id.clone();
    r.replies.insert("BeforeAllowTraffic", vec![Reply::Silence]);
    r.world
        .put_hook_status(&id, &execution, "Succeeded", r.now)
        .unwrap();
    r.settle();
    assert_eq!(states(&r), [TargetState::Initial, TargetState::Initial]);
    assert!(r.world.target_health(report(&r), r.now));
    assert_eq!(states(&r), [TargetState::Healthy, TargetState::Initial]);

    let r = run("ECSCanary10Percent5Minutes");
    assert_eq!(states(&r), [TargetState::Initial, TargetState::Initial]);
}

#[test]
fn rules_that_forward_to_the_pair_move_too() {
    let mut r = Rehearsal::new(ExampleOptions::default());
    let blue = r.world.target_group("shop-blue").unwrap().arn.clone();
    let rule = |arn: &str, target: &str| greenlight_world::Rule {
        arn: arn.to_owned(),
        priority: 1,
        path_patterns: vec!["/x/*".to_owned()],
        forwards: vec![greenlight_world::Forward {
            target_group_arn: target.to_owned(),
            weight: 100,
        }],
    };
    r.world.listeners[0].rules = vec![rule("ours", &blue), rule("other", "arn:elsewhere")];
    r.deploy();
    let green = r.world.target_group("shop-green").unwrap().arn.clone();
    assert_eq!(
        r.world.rule("ours").unwrap().forwards[0].target_group_arn,
        green
    );
    assert_eq!(
        r.world.rule("other").unwrap().forwards[0].target_group_arn,
        "arn:elsewhere"
    );
    let default = r.world.listeners[0].default_rule_arn.clone();
    let default = r.world.rule(&default).unwrap();
    assert_eq!(
        (default.priority, &default.forwards[0].target_group_arn),
        (None, &green)
    );
}
