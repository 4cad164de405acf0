//! What holds whatever comes in, in whatever order.

use std::collections::BTreeMap;

use greenlight_world::{
    Creator, DeploymentStatus, Event, ExampleOptions, LifecycleEventName, LifecycleEventStatus,
    NativeConfig, NativeHook, ServiceDeploymentStatus, Stage, Strategy as Routing, TargetState,
    TaskSetStatus, TaskStatus,
};
use proptest::prelude::*;
use proptest::sample::select;

use crate::inputs::{Input, Run, input};

impl Run {
    fn check(&mut self) {
        self.check_tasks();
        self.check_traffic();
        self.check_lifecycles();
        self.check_native();
        self.check_history();
        // The world's own clock doesn't go back, so it may be ahead of ours.
        let clock = self
            .world
            .history
            .last()
            .map_or(self.now, |h| h.at.max(self.now));
        if let Some(due) = self.world.next_due() {
            assert!(
                due > self.now || clock > self.now,
                "due at {due}, now {}",
                self.now
            );
        }
    }

    fn check_tasks(&self) {
        assert!(
            self.asked.values().all(|&n| n == 1),
            "a task is started and stopped once"
        );
        for group in &self.world.target_groups {
            for target in &group.targets {
                let task = self
                    .world
                    .tasks
                    .iter()
                    .find(|t| t.host_port == Some(target.port));
                let task = task.expect("a target is a task");
                assert_eq!(task.last_status, TaskStatus::Running);
                assert_eq!(task.target_group_arn, group.arn);
                let used = self.world.is_in_use(&group.arn);
                assert_eq!(target.state != TargetState::Unused, used, "{}", group.name);
            }
        }
        let service = &self.world.services[0];
        if service.current_revision.is_none() {
            let primary = |s: &&greenlight_world::TaskSet| s.status == TaskSetStatus::Primary;
            assert_eq!(service.task_sets.iter().filter(primary).count(), 1);
        }
    }

    fn check_traffic(&self) {
        for listener in &self.world.listeners {
            let total: u32 = listener.forwards.iter().map(|f| f.weight).sum();
            assert_eq!(total, 100, "{:?}", listener.forwards);
        }
        let green_weight = |arn: &str, green: &str| -> u32 {
            let forwards = &self.world.listener(arn).unwrap().forwards;
            forwards
                .iter()
                .filter(|f| f.target_group_arn == green)
                .map(|f| f.weight)
                .sum()
        };
        for d in self
            .world
            .deployments
            .iter()
            .filter(|d| !d.status.is_over())
        {
            let group = self
                .world
                .deployment_group(&d.application, &d.group)
                .unwrap();
            let allow = d
                .lifecycle
                .iter()
                .find(|e| e.name == LifecycleEventName::AllowTraffic)
                .unwrap();
            if d.green_task_set.is_some() && allow.status == LifecycleEventStatus::Pending {
                assert_eq!(
                    green_weight(&group.production_listener, &d.green_target_group),
                    0
                );
            }
        }
        if let Some(last) = self.world.deployments.last()
            && last.creator == Creator::Rollback
        {
            for listener in &self.world.listeners {
                assert_eq!(green_weight(&listener.arn, &last.green_target_group), 0);
                assert_eq!(green_weight(&listener.arn, &last.blue_target_group), 100);
            }
        }
    }

    fn check_lifecycles(&mut self) {
        let now: Vec<_> = (self.world.deployments.iter())
            .map(|d| {
                (
                    d.id.clone(),
                    d.lifecycle.iter().map(|e| e.status).collect::<Vec<_>>(),
                )
            })
            .collect();
        for ((id, old), (same, new)) in self.before.iter().zip(&now) {
            assert_eq!(id, same);
            for (old, new) in old.iter().zip(new) {
                assert!(
                    rank(*old) <= rank(*new),
                    "{id} went from {old} back to {new}"
                );
                assert!(
                    rank(*old) < 2 || old == new,
                    "{id} went from {old} to {new}"
                );
            }
        }
        for (id, statuses) in &now {
            assert!(
                statuses.windows(2).all(|w| rank(w[0]) >= rank(w[1])),
                "{id}: {statuses:?}"
            );
        }
        self.before = now;
        for d in &self.world.deployments {
            let running = d.lifecycle.iter().any(|e| rank(e.status) < 2);
            assert!(
                !(running && d.status.is_over()),
                "{} is over, its events are not",
                d.id
            );
            assert_eq!(
                d.error.is_some(),
                matches!(
                    d.status,
                    DeploymentStatus::Failed | DeploymentStatus::Stopped
                )
            );
        }
    }

    fn check_native(&self) {
        for d in &self.world.service_deployments {
            let forward: Vec<_> = d
                .stages
                .iter()
                .filter(|s| !s.rollback)
                .map(|s| s.stage)
                .collect();
            for pair in forward.windows(2) {
                let again = pair
                    == [
                        Stage::ProductionTrafficShift,
                        Stage::PreProductionTrafficShift,
                    ];
                assert!(pair[0] < pair[1] || again, "{forward:?}");
            }
            let moved = forward.contains(&Stage::ProductionTrafficShift);
            if !d.status.is_over() && (!moved || d.rollback.is_some()) {
                self.assert_native_green(&d.target_revision, 0);
            }
        }
        if let Some(last) = self.world.service_deployments.last() {
            match last.status {
                ServiceDeploymentStatus::Successful => {
                    self.assert_native_green(&last.target_revision, 100)
                }
                ServiceDeploymentStatus::RollbackSuccessful
                | ServiceDeploymentStatus::RollbackFailed => {
                    self.assert_native_green(&last.target_revision, 0);
                }
                _ => {}
            }
        }
    }

    fn assert_native_green(&self, revision: &str, weight: u32) {
        let revision = self.world.service_revision(revision).unwrap();
        let rule = self.world.rule(&revision.production_listener_rule).unwrap();
        let green = rule
            .forwards
            .iter()
            .find(|f| f.target_group_arn == revision.target_group_arn);
        assert_eq!(green.map_or(0, |f| f.weight), weight);
    }

    fn check_history(&mut self) {
        let history = &self.world.history;
        assert!(history.len() >= self.happened);
        assert!(
            history.windows(2).all(|w| w[0].at <= w[1].at),
            "history is in order"
        );
        self.happened = history.len();
        let mut accepted: BTreeMap<&str, u32> = BTreeMap::new();
        for happening in history {
            if let Event::HookReported {
                execution, status, ..
            } = &happening.what
                && *status != LifecycleEventStatus::InProgress
            {
                *accepted.entry(execution).or_default() += 1;
            }
        }
        assert!(
            accepted.values().all(|&n| n == 1),
            "one status for each hook"
        );
    }
}

fn rank(status: LifecycleEventStatus) -> u8 {
    match status {
        LifecycleEventStatus::Pending => 0,
        LifecycleEventStatus::InProgress => 1,
        _ => 2,
    }
}

/// A hook at these stages.
fn gate(stages: Vec<Stage>) -> NativeHook {
    NativeHook {
        function: "gate".to_owned(),
        role_arn: String::new(),
        stages,
        details: None,
        timeout_minutes: 60,
    }
}

fn run(options: ExampleOptions, inputs: Vec<Input>) -> Run {
    let mut run = Run::new(options);
    for input in inputs {
        run.apply(input);
        run.check_history();
        run.advance();
        run.check();
    }
    run
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn codedeploy_holds(
        inputs in proptest::collection::vec(input(), 0..60),
        test_listener in any::<bool>(),
        rollback_on_failure in any::<bool>(),
        termination_wait_minutes in 0..3_u32,
    ) {
        let options = ExampleOptions {
            test_port: test_listener.then_some(9001),
            rollback_on_failure,
            termination_wait_minutes,
            ..ExampleOptions::default()
        };
        run(options, inputs);
    }

    #[test]
    fn native_holds(
        inputs in proptest::collection::vec(input(), 0..60),
        test_listener in any::<bool>(),
        strategy in select(vec![
            Routing::BlueGreen,
            Routing::Canary { percent: 0.1, bake_minutes: 1 },
            Routing::Linear { step_percent: 33.0, step_bake_minutes: 0 },
        ]),
        stages in proptest::sample::subsequence(Stage::ALL.to_vec(), 0..=Stage::ALL.len()),
        timeout_minutes in prop_oneof![Just(0), Just(60), Just(u32::MAX)],
    ) {
        let hook = NativeHook { timeout_minutes, ..gate(stages) };
        let options = ExampleOptions {
            test_port: test_listener.then_some(9001),
            native: Some(NativeConfig { strategy, bake_minutes: 1, hooks: vec![hook] }),
            ..ExampleOptions::default()
        };
        run(options, inputs);
    }

    /// The same inputs give the same world.
    #[test]
    fn the_world_is_deterministic(inputs in proptest::collection::vec(input(), 0..30)) {
        let [one, two] = [inputs.clone(), inputs].map(|i| run(ExampleOptions::default(), i));
        prop_assert_eq!(one.world.history, two.world.history);
    }
}

/// The inputs above would prove nothing if they never got anywhere.
#[test]
fn random_inputs_reach_all_ends() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let inputs = proptest::collection::vec(input(), 60);
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..200 {
        let tree = proptest::strategy::Strategy::new_tree(&inputs, &mut runner).unwrap();
        let inputs = proptest::strategy::ValueTree::current(&tree);
        let classic = run(ExampleOptions::default(), inputs.clone());
        seen.extend(classic.world.deployments.iter().map(|d| d.status.as_str()));
        seen.extend(classic.world.deployments.iter().map(|d| d.creator.as_str()));
        let native = NativeConfig {
            strategy: Routing::BlueGreen,
            bake_minutes: 1,
            hooks: vec![gate(vec![
                Stage::PostScaleUp,
                Stage::ProductionTrafficShift,
            ])],
        };
        let options = ExampleOptions {
            native: Some(native),
            ..ExampleOptions::default()
        };
        let native = run(options, inputs);
        seen.extend(
            native
                .world
                .service_deployments
                .iter()
                .map(|d| d.status.as_str()),
        );
    }
    for end in [
        "Succeeded",
        "Failed",
        "Stopped",
        "codeDeployRollback",
        "SUCCESSFUL",
        "ROLLBACK_SUCCESSFUL",
        "ROLLBACK_FAILED",
    ] {
        assert!(seen.contains(end), "{end} was never reached: {seen:?}");
    }
}
