//! Whatever may come in from outside, in whatever order.

use std::collections::BTreeMap;

use greenlight_world::{
    Effect, ExampleOptions, FunctionResult, LifecycleEventStatus, Millis, PREDEFINED_CONFIGS,
    TargetReason, TargetReport, TargetState, World,
};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use crate::rehearsal::ALL_HOOKS;

/// Something that comes in from outside.
#[derive(Debug, Clone)]
pub(crate) enum Input {
    Deploy {
        hooks: u8,
        config: Index,
    },
    DeployNative,
    HookStatus {
        execution: Index,
        status: &'static str,
    },
    HookReturned {
        execution: Index,
        answer: Value,
    },
    HookBroke {
        execution: Index,
    },
    Stop {
        roll_back: bool,
    },
    Continue,
    TaskUp {
        task: Index,
    },
    TaskDown {
        task: Index,
        exit_code: Option<i32>,
    },
    AllTasks,
    Health {
        group: bool,
        target: Index,
        state: TargetState,
    },
    Count(u32),
    Stale(bool),
    /// Time goes by, or jumps back.
    Wait(i64),
    /// As much as is left until something is due.
    WaitUntilDue,
}

pub(crate) fn input() -> impl Strategy<Value = Input> {
    let index = any::<Index>;
    let status = select(vec![
        "Succeeded",
        "Succeeded",
        "Succeeded",
        "Succeeded",
        "Failed",
        "Pending",
        "InProgress",
        "Skipped",
        "Unknown",
        "",
        "nonsense",
    ]);
    let answer = select(vec![
        json!({ "hookStatus": "SUCCEEDED" }),
        json!({ "hookStatus": "SUCCEEDED" }),
        json!({ "hookStatus": "SUCCEEDED", "hookDetails": { "a": 1 } }),
        json!({ "hookStatus": "IN_PROGRESS" }),
        json!({ "hookStatus": "IN_PROGRESS", "callBackDelay": 1e300 }),
        json!({ "hookStatus": "FAILED" }),
        json!({ "hookStatus": 7 }),
        json!(["SUCCEEDED"]),
        Value::Null,
    ]);
    prop_oneof![
        3 => (any::<u8>(), index()).prop_map(|(hooks, config)| Input::Deploy { hooks, config }),
        3 => Just(Input::DeployNative),
        10 => (index(), status).prop_map(|(execution, status)| Input::HookStatus { execution, status }),
        10 => (index(), answer).prop_map(|(execution, answer)| Input::HookReturned { execution, answer }),
        1 => index().prop_map(|execution| Input::HookBroke { execution }),
        1 => any::<bool>().prop_map(|roll_back| Input::Stop { roll_back }),
        1 => Just(Input::Continue),
        4 => index().prop_map(|task| Input::TaskUp { task }),
        2 => (index(), any::<Option<i32>>()).prop_map(|(task, exit_code)| Input::TaskDown { task, exit_code }),
        8 => Just(Input::AllTasks),
        3 => (any::<bool>(), index(), select(TargetState::ALL))
            .prop_map(|(group, target, state)| Input::Health { group, target, state }),
        1 => (0..4_u32).prop_map(Input::Count),
        1 => any::<bool>().prop_map(Input::Stale),
        2 => (-10_000_i64..1_000_000).prop_map(Input::Wait),
        1 => Just(Input::Wait(i64::MAX)),
        6 => Just(Input::WaitUntilDue),
    ]
}

/// A world, what it was, and what it asked for.
pub(crate) struct Run {
    pub(crate) world: World,
    options: ExampleOptions,
    pub(crate) now: Millis,
    executions: Vec<(String, String)>,
    pub(crate) asked: BTreeMap<(bool, String), u32>,
    pub(crate) before: Vec<(String, Vec<LifecycleEventStatus>)>,
    pub(crate) happened: usize,
}

impl Run {
    pub(crate) fn new(options: ExampleOptions) -> Run {
        Run {
            world: World::example_with(&options, Millis(1)),
            options,
            now: Millis(1),
            executions: Vec::new(),
            asked: BTreeMap::new(),
            before: Vec::new(),
            happened: 0,
        }
    }

    pub(crate) fn apply(&mut self, input: Input) {
        let now = self.now;
        match input {
            Input::Deploy { hooks, config } => {
                let hooks: Vec<_> = ALL_HOOKS
                    .into_iter()
                    .enumerate()
                    .filter(|(i, _)| hooks >> i & 1 == 1)
                    .map(|(_, h)| h)
                    .collect();
                let mut request = self.options.deploy_request(&hooks);
                request.config = Some(config.get(&PREDEFINED_CONFIGS).0.to_owned());
                let _ = self.world.deploy(now, request);
            }
            Input::DeployNative => {
                let _ = self.world.deploy_native(now, self.options.native_request());
            }
            Input::HookStatus { execution, status } => {
                if let Some((deployment, execution)) = self.execution(&execution) {
                    let _ = self
                        .world
                        .put_hook_status(&deployment, &execution, status, now);
                }
            }
            Input::HookReturned { execution, answer } => {
                if let Some((_, execution)) = self.execution(&execution) {
                    self.world.hook_function_returned(
                        &execution,
                        FunctionResult::Returned(answer),
                        now,
                    );
                }
            }
            Input::HookBroke { execution } => {
                if let Some((_, execution)) = self.execution(&execution) {
                    let broke = FunctionResult::Failed("killed".to_owned());
                    self.world.hook_function_returned(&execution, broke, now);
                }
            }
            Input::Stop { roll_back } => {
                if let Some(d) = self.world.deployments.last().map(|d| d.id.clone()) {
                    let _ = self.world.stop_deployment(&d, roll_back, now);
                }
            }
            Input::Continue => {
                if let Some(d) = self.world.deployments.last().map(|d| d.id.clone()) {
                    let _ = self.world.continue_deployment(&d, now);
                }
            }
            Input::TaskUp { task } => self.task_up(task.index(self.world.tasks.len().max(1))),
            Input::TaskDown { task, exit_code } => {
                if let Some(task) = self
                    .world
                    .tasks
                    .get(task.index(self.world.tasks.len().max(1)))
                {
                    let id = task.id.clone();
                    self.world.task_stopped(&id, exit_code, "it went away", now);
                }
            }
            Input::AllTasks => {
                for i in 0..self.world.tasks.len() {
                    self.task_up(i);
                }
            }
            Input::Health {
                group,
                target,
                state,
            } => {
                let group = usize::from(group);
                let targets = &self.world.target_groups[group].targets;
                if targets.is_empty() {
                    return;
                }
                let target = target.get(targets);
                let report = TargetReport {
                    target_group: self.world.target_groups[group].name.clone(),
                    id: target.id.clone(),
                    port: target.port,
                    state,
                    reason: Some(TargetReason::Timeout),
                    description: None,
                };
                self.world.target_health(report, now);
            }
            Input::Count(count) => self.world.services[0].desired_count = count,
            Input::Stale(on) => self.world.faults.stale_test_listener = on,
            Input::Wait(ms) => self.now = Millis(now.0.saturating_add_signed(ms)),
            Input::WaitUntilDue => {
                if let Some(due) = self.world.next_due() {
                    self.now = due;
                }
            }
        }
    }

    /// One of the last few executions.
    fn execution(&self, index: &Index) -> Option<(String, String)> {
        let recent = &self.executions[self.executions.len().saturating_sub(3)..];
        (!recent.is_empty()).then(|| index.get(recent).clone())
    }

    fn task_up(&mut self, i: usize) {
        if let Some(task) = self.world.tasks.get(i) {
            let (id, port) = (task.id.clone(), 20_000 + u16::try_from(i).unwrap_or(0));
            self.world.task_running(&id, "127.0.0.1", port, self.now);
        }
    }

    pub(crate) fn advance(&mut self) {
        for effect in self.world.advance(self.now) {
            match effect {
                Effect::StartTask { task, .. } => *self.asked.entry((true, task)).or_default() += 1,
                Effect::StopTask { task } => *self.asked.entry((false, task)).or_default() += 1,
                Effect::InvokeHook {
                    deployment,
                    execution,
                    ..
                } => {
                    let known = self.executions.iter().any(|(_, e)| *e == execution);
                    assert!(!known, "called twice: {execution}");
                    self.executions.push((deployment, execution));
                }
                Effect::InvokeNativeHook {
                    deployment,
                    execution,
                    ..
                } => {
                    self.executions.retain(|(_, e)| *e != execution);
                    self.executions.push((deployment, execution));
                }
                Effect::InvokeLater { .. } => panic!("there are no rules"),
            }
        }
    }
}
